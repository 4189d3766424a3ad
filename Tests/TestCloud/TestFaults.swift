/// Which calls fail, and how.
package struct TestFaults: Sendable {
    package enum Fault: Sendable, Equatable {
        /// The vendor's error, without an effect.
        case error(code: String, status: Int)
        /// An error in the format of the vendor's gateway, without an effect.
        case gatewayError(code: String, status: Int)
        /// A gateway's answer without any JSON, without an effect.
        case gateway(status: Int)
        /// No answer comes, and the connection stays open. The call takes no effect.
        case hang
        /// The connection closes before the call takes effect.
        case lostRequest
        /// The connection closes after the call has taken effect.
        case lostReply
    }

    /// The names of the API calls so far.
    package var log: [String] = []
    /// How the next calls of each name fail, in order.
    package var scheduled: [String: [Fault]] = [:]
    /// From the call with this number on, nobody answers. That call takes effect if `cutsAfterEffect` is set.
    package var cutAt: Int?
    package var cutsAfterEffect = false

    package init() {}

    /// Records a call and returns how it fails; nil if it does not.
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
