/// What goes wrong with a call, and when.
package struct TestFaults: Sendable {
    package enum Fault: Sendable, Equatable {
        /// The vendor's error, without an effect.
        case error(code: String, status: Int)
        /// An error in the words of the vendor's gateway, without an effect.
        case gatewayError(code: String, status: Int)
        /// A gateway's answer without any JSON, without an effect.
        case gateway(status: Int)
        /// The connection ends before the call has an effect.
        case lostRequest
        /// The connection ends after it.
        case lostReply
    }

    /// The calls of the API so far, by name.
    package var log: [String] = []
    /// The next calls of a name fail like this, one after the other.
    package var scheduled: [String: [Fault]] = [:]
    /// From the call with this number on nobody answers; that call has its effect if `cutsAfterEffect`.
    package var cutAt: Int?
    package var cutsAfterEffect = false

    package init() {}

    /// Notes a call and says what goes wrong with it.
    mutating func next(_ call: String) -> Fault? {
        log.append(call)
        if let cutAt, log.count >= cutAt {
            return log.count == cutAt && cutsAfterEffect ? .lostReply : .lostRequest
        }
        guard var faults = scheduled[call], !faults.isEmpty else { return nil }
        let fault = faults.removeFirst()
        scheduled[call] = faults
        return fault
    }
}
