import CPcap

/// libpcap's compiler, which this file alone uses.
extension PacketFilter {
    /// What the DHCP server wants to see of an Ethernet interface, as libpcap's expression.
    ///
    /// UDP to port 67, plus malformed packets that are let through only to be counted: those with an IP
    /// header length below 20 bytes (the port is then looked for where it usually is), and fragments to
    /// 255.255.255.255, which carry no port. First fragments carry one and come through the first term.
    /// Packets of other protocols, which is nearly everything that VMs send, leave the program at its second
    /// test.
    public static let dhcpServerExpression = """
        ip proto 17 and (udp dst port 67 \
        or (ip[0] & 15 < 5 and ip[22:2] = 67) \
        or (ip[6:2] & 0x1fff != 0 and ip[16:4] = 0xffffffff))
        """

    /// Compiles `expression` (pcap-filter(7)) for whole Ethernet frames, optimized.
    public init(compiling expression: String) throws(PacketFilterError) {
        // SAFETY: the handle is used until pcap_close and the program until pcap_freecode, both in this call.
        guard let handle = unsafe pcap_open_dead(DLT_EN10MB, 65535) else {
            throw PacketFilterError(expression: expression, reason: "libpcap has no memory")
        }
        defer { unsafe pcap_close(handle) }
        var program = unsafe bpf_program()
        guard unsafe pcap_compile(handle, &program, expression, 1, PCAP_NETMASK_UNKNOWN) == 0 else {
            throw PacketFilterError(
                expression: expression, reason: unsafe String(cString: pcap_geterr(handle)))
        }
        defer { unsafe pcap_freecode(&program) }
        let compiled = unsafe UnsafeBufferPointer(start: program.bf_insns, count: Int(program.bf_len))
        self.init(
            instructions: unsafe compiled.map { Instruction(code: $0.code, jt: $0.jt, jf: $0.jf, k: $0.k) })
    }
}

/// An expression that libpcap does not understand.
public struct PacketFilterError: Error, Equatable, Sendable, CustomStringConvertible {
    public let expression: String
    /// libpcap's own words.
    public let reason: String

    public var description: String { "packet filter \"\(expression)\": \(reason)" }
}
