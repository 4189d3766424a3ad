import CPcap
import FoundationEssentials

/// `compile-packet-filters OUTPUT INPUT...`: writes a Swift file with one `PacketFilter` for each input. An input is a
/// file with an expression as in pcap-filter(7). A line that begins with # is a comment. Run by
/// scripts/compile-packet-filters.
@main
struct CompilePacketFilters {
    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst()
        guard let output = arguments.first else { throw Failure("usage: compile-packet-filters OUTPUT INPUT...") }
        var source = "// Written by scripts/compile-packet-filters from the files in Filters.\n\n"
        source += "public import LinuxSystem\n\nextension PacketFilter {\n"
        for input in arguments.dropFirst() { source += try declaration(ofFile: input) }
        source += "}\n"
        try source.write(toFile: output, atomically: true, encoding: .utf8)
    }

    /// The Swift declaration of a file's filter, named after the file in lowerCamelCase.
    private static func declaration(ofFile path: String) throws -> String {
        let fileName = path.split(separator: "/").last.map(String.init) ?? path
        let words = fileName.prefix { $0 != "." }.split(separator: "-")
        let expression = try String(contentsOfFile: path, encoding: .utf8)
            .split(separator: "\n").filter { !$0.hasPrefix("#") }.joined(separator: " ")
        let instructions: [String]
        do {
            instructions = try compile(expression)
        } catch {
            throw Failure("\(path): libpcap rejects the filter: \(error); fix the expression, see pcap-filter(7)")
        }
        let name = words.prefix(1).joined() + words.dropFirst().map(\.capitalized).joined()
        return """
                /// `\(fileName)`, \(instructions.count) instructions.
                public static let \(name) = PacketFilter([
            \(instructions.map { "        \($0),\n" }.joined())    ])

            """
    }

    /// Compiles and optimizes an expression for complete Ethernet frames.
    /// - Returns: one Swift expression for each instruction.
    private static func compile(_ expression: String) throws -> [String] {
        // SAFETY: the handle is used only until pcap_close and the program only until pcap_freecode, both in this call.
        guard let handle = unsafe pcap_open_dead(DLT_EN10MB, 65535) else { throw Failure("no memory") }
        defer { unsafe pcap_close(handle) }
        var program = unsafe bpf_program()
        guard unsafe pcap_compile(handle, &program, expression, 1, PCAP_NETMASK_UNKNOWN) == 0 else {
            throw Failure(unsafe String(cString: pcap_geterr(handle)))
        }
        defer { unsafe pcap_freecode(&program) }
        let instructions = unsafe UnsafeBufferPointer(start: program.bf_insns, count: Int(program.bf_len))
        return unsafe instructions.map { "Instruction(code: \($0.code), jt: \($0.jt), jf: \($0.jf), k: \($0.k))" }
    }
}

/// The message that is printed when a filter cannot be compiled.
struct Failure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
