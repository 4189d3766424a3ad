import Addresses
import FastDHCP
import LinuxSystem
import Logging
import NIOCore

/// Keeps the VMs of this host from reading the metrics, which tell about other VMs.
struct MetricsGuard: Sendable {
    let port: Int
    let bridge: String
    /// Where the VMs' addresses are, and the one among them that is this host's.
    let subnet: IPv4Network
    let gateway: IPv4Address
    let log: Logger

    /// Whether the client's address shows that it is not a VM. The filter on the socket stops VMs earlier, but not during
    /// the first moments of a new bridge.
    func admits(_ client: SocketAddress?) -> Bool {
        guard let text = client?.ipAddress, let address = IPv4Address(text.replacing("::ffff:", with: "")) else {
            return true
        }
        return !subnet.contains(address) || address == gateway
    }

    /// Like `drop()`, but logs an error instead of throwing it.
    func follow() {
        do { try drop() } catch { log.error("\(error)") }
    }

    /// Sets a filter on all sockets that listen on the port. It drops what comes in through the present bridge.
    /// - Throws: `OperatorError` when the kernel refuses the filter. VMs can read the metrics until a later call succeeds.
    func drop() throws {
        // Without a bridge there is no VM to keep out.
        guard let port = UInt16(exactly: port), let interface = try? InterfaceIdentity(named: bridge) else { return }
        do {
            try ListenerFilter.drop(fromInterface: UInt32(interface.index), atPort: port)
        } catch {
            throw OperatorError(
                "VMs can read the metrics: the kernel refuses the filter on the socket (\(error)); "
                    + "set --metrics-addr 127.0.0.1:\(port)")
        }
    }
}
