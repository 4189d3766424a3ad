/// Whether the server's machine or process is down. While it is, nothing that the server does has any effect.
final class Outage {
    private(set) var isDown = false
    /// After how many further steps of the disk or the kernel the outage happens.
    private var readiness: Int?

    /// Makes the outage happen after `steps` further steps.
    func arm(after steps: Int) { readiness = steps }

    /// Counts one step.
    /// - Returns: whether the server is down.
    func strikes() -> Bool {
        guard let count = readiness else { return isDown }
        readiness = count - 1
        if count <= 0 { happen() }
        return isDown
    }

    func happen() {
        isDown = true
        readiness = nil
    }

    func end() {
        isDown = false
        readiness = nil
    }
}
