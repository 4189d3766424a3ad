import LinuxSystem

/// The CNI network with which `cocoon` attaches VMs to the bridge: the path and the content of its file.
package struct CNIConflist: Equatable, Sendable {
    package static let defaultDirectory = "/etc/cni/net.d"

    package let path: String
    /// The file's bytes. The Go program writes the same, so an upgrade changes nothing.
    package let content: [UInt8]

    package init(bridge: String, directory: String) {
        path = directory + "/30-cocoon-dhcp.conflist"
        // The ipam stays empty: a host-side DHCP client would compete with the VM's own.
        let plugin: [JSON.Member] = [
            JSON.Member("bridge", .string(bridge)),
            JSON.Member("ipMasq", .bool(false)),
            JSON.Member("ipam", .object([])),
            JSON.Member("isGateway", .bool(false)),
            JSON.Member("macspoofchk", .bool(true)),
            JSON.Member("portIsolation", .bool(true)),
            JSON.Member("type", .string("bridge")),
        ]
        let document = JSON.object([
            JSON.Member("cniVersion", .string("1.0.0")),
            JSON.Member("name", .string("cocoon-dhcp")),
            JSON.Member("plugins", .array([.object(plugin)])),
        ])
        content = Array((document.prettyText + "\n").utf8)
    }

    /// The file's current bytes; nil if there is no file.
    func read() throws(SystemError) -> [UInt8]? { try Files.read(path, limit: 1 << 20) }

    /// Writes the file. Programs that watch the directory see only the complete file, since they ignore the temporary
    /// name.
    func write() throws(SystemError) {
        try Files.makeDirectory(Files.parent(of: path), mode: 0o755)
        try Files.replace(path, with: content, mode: 0o644)
    }
}
