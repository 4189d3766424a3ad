import PackagePlugin

/// Compiles a target's `*.pcap-filter` files with libpcap while the package builds, so that the programs need no libpcap at
/// run time: `dhcp-server.pcap-filter` becomes `PacketFilter.dhcpServer`.
@main
struct CompilePacketFilters: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        guard let target = target as? any SourceModuleTarget else { return [] }
        let inputs = target.sourceFiles(withSuffix: "pcap-filter").map(\.url).sorted { $0.path < $1.path }
        let output = context.pluginWorkDirectoryURL.appending(path: "PacketFilter+Compiled.swift")
        let tool = try context.tool(named: "compile-packet-filters")
        return [
            .buildCommand(
                displayName: "Compiling packet filters", executable: tool.url,
                arguments: [output.path] + inputs.map(\.path), inputFiles: inputs, outputFiles: [output])
        ]
    }
}
