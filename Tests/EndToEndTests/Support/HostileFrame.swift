import Addresses
import TestSupport
import Testing

/// A frame that no honest client sends, and the counter that it must move.
struct HostileFrame: Sendable, CustomTestStringConvertible {
    /// Where it is counted, exactly once.
    enum Counter: Sendable {
        /// `cocoon_net_dhcp_drops_total`, one of these reasons: the kernel may hide which of two it was.
        case drop([String])
        /// `cocoon_net_dhcp_silence_total`.
        case silence(String)
        /// The kernel keeps it from the daemon; what counts is that nobody answers.
        case unseen

        static func drop(_ reason: String) -> Counter { .drop([reason]) }

        func value(in metrics: Metrics) -> Int {
            switch self {
            case .drop(let reasons): reasons.map(metrics.drops).reduce(0, +)
            case .silence(let reason): metrics.silences(reason)
            case .unseen: 0
            }
        }
    }

    /// Whether the counter must move.
    var isCounted: Bool {
        if case .unseen = counter { false } else { true }
    }

    let name: String
    let counter: Counter
    /// Makes the frame, and before it the state that it needs.
    let make: @Sendable (ScriptedClient) throws -> Frame

    init(_ name: String, _ counter: Counter, _ make: @escaping @Sendable (ScriptedClient) throws -> Frame) {
        self.name = name
        self.counter = counter
        self.make = make
    }

    /// A DISCOVER whose frame is changed.
    static func discover(
        _ name: String, _ reason: String, frame edit: @escaping @Sendable (inout Frame) -> Void
    ) -> HostileFrame {
        HostileFrame(name, .drop(reason)) { client in
            var frame = client.frame(client.message(.discover))
            edit(&frame)
            return frame
        }
    }

    /// A DISCOVER whose message is changed.
    static func discover(
        _ name: String, _ reason: String, message edit: @escaping @Sendable (inout DHCPMessage) -> Void
    ) -> HostileFrame {
        HostileFrame(name, .drop(reason)) { client in
            var message = client.message(.discover)
            edit(&message)
            return client.frame(message)
        }
    }

    var testDescription: String { name }

    static let all = ethernet + ip + udp + bootp + types + sender + engine
}
