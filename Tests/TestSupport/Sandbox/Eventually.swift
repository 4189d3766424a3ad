import Glibc

/// Calls `probe` repeatedly until it returns a value or the time is over.
package func eventually<Answer>(
    within patience: Duration = .seconds(10), every pause: Duration = .milliseconds(10),
    _ probe: () throws -> Answer?
) rethrows -> Answer? {
    let deadline = ContinuousClock.now + patience
    while true {
        if let answer = try probe() { return answer }
        if ContinuousClock.now >= deadline { return nil }
        usleep(UInt32(pause / .microseconds(1)))
    }
}

/// Calls `condition` repeatedly until it holds or the time is over.
package func eventually(within patience: Duration = .seconds(10), _ condition: () throws -> Bool) rethrows -> Bool {
    try eventually(within: patience) { try condition() ? true : nil } ?? false
}
