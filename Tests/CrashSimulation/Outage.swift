/// Whether the server's machine or process is gone. From then on nothing that it still does has any effect.
final class Outage {
    private(set) var isDown = false
    /// How many steps of the disk or the kernel from now it happens.
    private var readiness: Int?

    /// Has it happen at one of the next steps.
    func arm(after steps: Int) { readiness = steps }

    /// One step passes; says whether the server is gone.
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
