import Addresses

/// Frames of real clients on a veth pair, Debian 12, each with the command that made it; tcpdump ran on the
/// server's end. The client's address is `WireFrame.client`.
///
/// Hexadecimal bytes, `00*n` for a run of zeros; what follows a semicolon is a comment.
enum Capture {
    /// The server's interface.
    static let server = MACAddress(2, 0, 0, 0, 0, 1)

    /// udhcpc -i eth0 -f -x hostname:vm-1
    static let udhcpcDiscover = frame(
        """
        ffffffffffff 02000000000a 0800                                 ; Ethernet
        4500014800000000401179a6 00000000 ffffffff                     ; IPv4
        0044 0043 0134 ed8a                                            ; UDP
        01 01 06 00 8f3c0061 0000 0000                                 ; op htype hlen hops xid secs flags
        00000000 00000000 00000000 00000000                            ; ciaddr yiaddr siaddr giaddr
        02000000000a 00*10 00*192                                      ; chaddr, sname and file
        63825363                                                       ; magic cookie
        35 01 01                                                       ; 53 DHCP message type
        39 02 0240                                                     ; 57 maximum DHCP message size
        37 07 0103060c0f1c2a                                           ; 55 parameter request list
        0c 04 766d2d31                                                 ; 12 host name
        3c 0c 756468637020312e33352e30                                 ; 60 vendor class identifier
        3d 07 0102000000000a                                           ; 61 client identifier
        ff 00*14                                                       ; END
        """)

    /// kill -USR1 of that udhcpc. The kernel sent it and left the UDP checksum to hardware that a veth does
    /// not have.
    static let udhcpcRenew = frame(
        """
        020000000001 02000000000a 0800                                 ; Ethernet
        450001481ebb4000401106cb 0a09000d 0a090001                     ; IPv4
        0044 0043 0134 1565                                            ; UDP
        01 01 06 00 8f3c0061 0000 0000                                 ; op htype hlen hops xid secs flags
        0a09000d 00000000 00000000 00000000                            ; ciaddr yiaddr siaddr giaddr
        02000000000a 00*10 00*192                                      ; chaddr, sname and file
        63825363                                                       ; magic cookie
        35 01 03                                                       ; 53 DHCP message type
        39 02 0240                                                     ; 57 maximum DHCP message size
        37 07 0103060c0f1c2a                                           ; 55 parameter request list
        0c 04 766d2d31                                                 ; 12 host name
        3c 0c 756468637020312e33352e30                                 ; 60 vendor class identifier
        3d 07 0102000000000a                                           ; 61 client identifier
        ff 00*14                                                       ; END
        """)

    /// dhclient -1 -cf FILE eth0, where FILE has: send host-name "vm-1";
    static let dhclientRequest = frame(
        """
        ffffffffffff 02000000000a 0800                                 ; Ethernet
        451001480000000080113996 00000000 ffffffff                     ; IPv4
        0044 0043 0134 c8cd                                            ; UDP
        01 01 06 00 497ffb3e 0000 0000                                 ; op htype hlen hops xid secs flags
        00000000 00000000 00000000 00000000                            ; ciaddr yiaddr siaddr giaddr
        02000000000a 00*10 00*192                                      ; chaddr, sname and file
        63825363                                                       ; magic cookie
        35 01 03                                                       ; 53 DHCP message type
        36 04 0a090001                                                 ; 54 server identifier
        32 04 0a09000e                                                 ; 50 requested IP address
        0c 04 766d2d31                                                 ; 12 host name
        37 07 011c02030f060c                                           ; 55 parameter request list
        ff 00*29                                                       ; END
        """)

    /// dhclient -r eth0
    static let dhclientRelease = frame(
        """
        020000000001 02000000000a 0800                                 ; Ethernet
        45000148639140004011c1f3 0a09000e 0a090001                     ; IPv4
        0044 0043 0134 1566                                            ; UDP
        01 01 06 00 50780a17 0000 0000                                 ; op htype hlen hops xid secs flags
        0a09000e 00000000 00000000 00000000                            ; ciaddr yiaddr siaddr giaddr
        02000000000a 00*10 00*192                                      ; chaddr, sname and file
        63825363                                                       ; magic cookie
        35 01 07                                                       ; 53 DHCP message type
        36 04 0a090001                                                 ; 54 server identifier
        0c 04 766d2d31                                                 ; 12 host name
        ff 00*44                                                       ; END
        """)

    /// dhcpcd -4 -b -A eth0
    static let dhcpcdDiscover = frame(
        """
        ffffffffffff 02000000000a 0800                                 ; Ethernet
        45000148d1ac00004011a7f9 00000000 ffffffff                     ; IPv4
        0044 0043 0134 d591                                            ; UDP
        01 01 06 00 f208debb 0000 0000                                 ; op htype hlen hops xid secs flags
        00000000 00000000 00000000 00000000                            ; ciaddr yiaddr siaddr giaddr
        02000000000a 00*10 00*192                                      ; chaddr, sname and file
        63825363                                                       ; magic cookie
        35 01 01                                                       ; 53 DHCP message type
        37 0e 017903060c0f1a1c2133363a3b77                             ; 55 parameter request list
        39 02 05c0                                                     ; 57 maximum DHCP message size
        3d 13 ff0000000a000100013295d59b02000000000a                   ; 61 client identifier
        50 00                                                          ; 80 rapid commit
        91 01 01                                                       ; 145 forcerenew nonce capable
        ff 00*10                                                       ; END
        """)

    /// dhcpcd -4 -b -A eth0, with a lease remembered
    static let dhcpcdReboot = frame(
        """
        ffffffffffff 02000000000a 0800                                 ; Ethernet
        45000148e42f000040119576 00000000 ffffffff                     ; IPv4
        0044 0043 0134 2e93                                            ; UDP
        01 01 06 00 3429557f 0000 0000                                 ; op htype hlen hops xid secs flags
        00000000 00000000 00000000 00000000                            ; ciaddr yiaddr siaddr giaddr
        02000000000a 00*10 00*192                                      ; chaddr, sname and file
        63825363                                                       ; magic cookie
        32 04 0a09000e                                                 ; 50 requested IP address
        35 01 03                                                       ; 53 DHCP message type
        37 0e 017903060c0f1a1c2133363a3b77                             ; 55 parameter request list
        39 02 05c0                                                     ; 57 maximum DHCP message size
        3d 13 ff0000000a000100013295d59b02000000000a                   ; 61 client identifier
        91 01 01                                                       ; 145 forcerenew nonce capable
        ff 00*6                                                        ; END
        """)

    /// dhcpcd -4 -k eth0: without a UDP checksum
    static let dhcpcdRelease = frame(
        """
        020000000001 02000000000a 0800                                 ; Ethernet
        450001480003400040112583 0a09000d 0a090001                     ; IPv4
        0044 0043 0134 0000                                            ; UDP
        01 01 06 00 758b2f84 0000 0000                                 ; op htype hlen hops xid secs flags
        0a09000d 00000000 00000000 00000000                            ; ciaddr yiaddr siaddr giaddr
        02000000000a 00*10 00*192                                      ; chaddr, sname and file
        63825363                                                       ; magic cookie
        35 01 07                                                       ; 53 DHCP message type
        36 04 0a090001                                                 ; 54 server identifier
        3d 13 ff0000000a000100013295d59b02000000000a                   ; 61 client identifier
        ff 00*29                                                       ; END
        """)

    private static func frame(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        for line in text.split(separator: "\n") {
            for token in line.prefix(while: { $0 != ";" }).split(separator: " ") {
                let parts = token.split(separator: "*")
                let digits = Array(parts[0])
                let run = stride(from: 0, to: digits.count, by: 2).map {
                    UInt8(String(digits[$0..<$0 + 2]), radix: 16)!
                }
                for _ in 0..<(parts.count == 2 ? Int(parts[1])! : 1) { bytes += run }
            }
        }
        return bytes
    }
}
