import Glibc
import Synchronization

/// Collects violations from all threads. The first one is printed at once.
final class Ledger: Sendable {
    private let violations = SharedNumber()

    var hasViolation: Bool { violations.value > 0 }

    func report(_ words: String) {
        if violations.add(1) == 1 { print("FAILED: \(words)") }
    }
}

/// Numbers that many threads add to.
final class Tally: Sendable {
    enum Count: Int, CaseIterable {
        case messages, offers, acks, naks, silences, releases, declines, failedCommits, reads, unreadable, rounds
    }

    private let counts = Count.allCases.map { _ in SharedNumber() }

    /// Adds the counts of one thread.
    func add(_ local: LocalTally) {
        for count in Count.allCases { counts[count.rawValue].add(UInt64(local[count])) }
    }

    func show(_ title: String, _ shown: [Count]) {
        print("\(title): " + shown.map { "\(counts[$0.rawValue].value) \($0)" }.joined(separator: ", "))
    }
}

/// The counts of one thread.
struct LocalTally {
    private var counts = [Int](repeating: 0, count: Tally.Count.allCases.count)

    subscript(count: Tally.Count) -> Int {
        get { counts[count.rawValue] }
        set { counts[count.rawValue] = newValue }
    }
}

/// A number that all threads see, such as a round or the time.
///
/// An atomic instead of a `Mutex`: the thread sanitizer does not know the locks of Swift's library, and would report
/// races on what they protect.
final class SharedNumber: Sendable {
    private let number = Atomic<UInt64>(0)

    // ORDERING: acquiring and releasing throughout: a thread that reads the number sees what another one did before it
    // changed it.
    var value: UInt64 {
        get { number.load(ordering: .acquiring) }
        set { number.store(newValue, ordering: .releasing) }
    }

    /// - Returns: the sum.
    @discardableResult
    func add(_ amount: UInt64) -> UInt64 { number.wrappingAdd(amount, ordering: .acquiringAndReleasing).newValue }

    /// Waits, giving others the processor, until the number is at least `target`.
    func waitFor(_ target: UInt64) {
        while value < target { sched_yield() }
    }
}
