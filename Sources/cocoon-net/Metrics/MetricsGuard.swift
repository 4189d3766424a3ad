import Addresses
import FastDHCP
import LinuxSystem
import Logging
import NIOCore

/// Keeps the VMs of this host from the metrics: what a VM could read of its neighbours is not its business.
struct MetricsGuard: Sendable {
    let port: Int
    let bridge: String
    /// Where the VMs' addresses are, and the one among them that is this host's.
    let subnet: IPv4Network
    let gateway: IPv4Address
    let log: Logger

    /// Whether a client is no VM, by its address. The filter on the socket keeps most of them out before; it has a gap
    /// while a bridge is new.
    func admits(_ client: SocketAddress?) -> Bool {
        guard let text = client?.ipAddress, let address = IPv4Address(text.replacing("::ffff:", with: "")) else {
            return true
        }
        return !subnet.contains(address) || address == gateway
    }

    /// As `drop()`; logs a refusal instead of throwing it.
    func follow() {
        do { try drop() } catch { log.error("\(error)") }
    }

    /// Drops what comes by the bridge as it is now, at all sockets that listen on the port.
    /// - Throws: `OperatorError` when the kernel refuses the filter; VMs can read the metrics until a later call succeeds.
    func drop() throws {
        // Without a bridge no VM is there to ask.
        guard let port = UInt16(exactly: port), let interface = try? InterfaceIdentity(named: bridge) else { return }
        do {
            try ListenerFilter.drop(fromInterface: UInt32(interface.index), atPort: port)
        } catch {
            throw OperatorError(
                "VMs can read the metrics: the filter on the socket is refused (\(error)); "
                    + "set --metrics-addr 127.0.0.1:\(port)")
        }
    }
}
