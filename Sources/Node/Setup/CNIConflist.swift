import LinuxSystem

/// The CNI network with which `cocoon` attaches VMs to the bridge: the path and the content of its file.
package struct CNIConflist: Equatable, Sendable {
    package static let defaultDirectory = "/etc/cni/net.d"

    package let path: String
    private let bridge: String

    package init(bridge: String, directory: String) {
        path = directory + "/30-cocoon-dhcp.conflist"
        self.bridge = bridge
    }

    /// The file's bytes, laid out as the Go program does.
    /// - Parameter mtu: the MTU of the VMs' ports; nil leaves it to the plugin.
    package func content(mtu: UInt32?) -> [UInt8] {
        // The ipam stays empty: a host-side DHCP client would compete with the VM's own.
        let settings: [JSON.Member] = [
            JSON.Member("bridge", .string(bridge)),
            JSON.Member("ipMasq", .bool(false)),
            JSON.Member("ipam", .object([])),
            JSON.Member("isGateway", .bool(false)),
            JSON.Member("macspoofchk", .bool(true)),
        ]
        let rest: [JSON.Member] = [
            JSON.Member("portIsolation", .bool(true)),
            JSON.Member("type", .string("bridge")),
        ]
        let plugin = settings + [mtu.map { JSON.Member("mtu", .number("\($0)")) }].compactMap(\.self) + rest
        let document = JSON.object([
            JSON.Member("cniVersion", .string("1.0.0")),
            JSON.Member("name", .string("cocoon-dhcp")),
            JSON.Member("plugins", .array([.object(plugin)])),
        ])
        return Array((document.prettyText + "\n").utf8)
    }

    /// The MTU in the bytes of such a file; nil if they contain none.
    static func mtu(in bytes: [UInt8]) -> UInt32? {
        guard case .array(let plugins)? = (try? JSON(parsing: bytes))?["plugins"],
            case .number(let text)? = plugins.first?["mtu"]
        else { return nil }
        return UInt32(text)
    }

    /// The file's current bytes; nil if there is no file.
    func read() throws(SystemError) -> [UInt8]? { try Files.read(path, limit: 1 << 20) }

    /// Writes the file. Programs that watch the directory see only the complete file, since they ignore the temporary
    /// name.
    func write(mtu: UInt32?) throws(SystemError) {
        try Files.makeDirectory(Files.parent(of: path), mode: 0o755)
        try Files.replace(path, with: content(mtu: mtu), mode: 0o644)
    }
}
