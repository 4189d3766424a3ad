package import Addresses

/// A simulated VM: a sandbox whose `eth0` is one end of a veth pair; the other end is a port of the host's bridge.
package final class Machine: Sendable {
    package let name: String
    package let mac: MACAddress
    package let interface = "eth0"
    package let sandbox: Sandbox
    /// The host's end of the veth pair.
    package let port: String

    /// Boots a VM and plugs it into `bridge` of `host`.
    package init(_ name: String, mac: MACAddress, on host: Sandbox, bridge: String) throws {
        self.name = name
        self.mac = mac
        port = "veth-\(name)"
        sandbox = try Sandbox(name)
        // Runs outside the process namespace, so that `ip` knows the sandbox by the process ID that we see.
        try host.run(
            [
                "ip", "link", "add", port, "type", "veth", "peer", "name", interface, "address", "\(mac)",
                "netns", "\(sandbox.processID)",
            ], in: .network)
        try sandbox.run(["ip", "link", "set", interface, "up"])
        try plug(into: bridge, of: host)
    }

    /// Makes the host's end a port of `bridge` and waits until the kernel has noticed all carriers. Until then it loses
    /// frames, and scripted clients send each frame only once.
    package func plug(into bridge: String, of host: Sandbox) throws {
        try host.run(["ip", "link", "set", port, "master", bridge, "up"])
        let passesFrames = eventually {
            host.read("/sys/class/net/\(port)/brport/state") == "3\n"
                && host.read("/sys/class/net/\(bridge)/operstate") == "up\n"
                && sandbox.read("/sys/class/net/\(interface)/operstate") == "up\n"
        }
        guard passesFrames else { throw ExchangeError("port \(port) of \(bridge) does not come up") }
    }

    /// A scripted client on `eth0`, by default with the VM's own MAC address.
    package func client(_ mac: MACAddress? = nil) throws -> ScriptedClient {
        try ScriptedClient(mac ?? self.mac, on: self)
    }

    /// Whether an interface of the VM has that address.
    package func has(_ address: IPv4Address, on interface: String = "eth0") throws -> Bool {
        try sandbox.run(["ip", "-4", "address", "show", "dev", interface]).contains("inet \(address)/")
    }
}
