import Addresses
import TestSupport

/// Ethernet, IP and UDP headers: what only servers that read raw frames meet.
extension HostileFrame {
    static let ethernet: [HostileFrame] =
        ([1, 100, 4095] as [UInt16]).map { tag in
            HostileFrame("a frame of VLAN \(tag)", .drop(["vlan_tagged", "other_host"])) { client in
                var frame = client.frame(client.message(.discover))
                frame.vlanTags = [tag]
                return frame
            }
        } + [
            HostileFrame("a frame with two VLAN tags", .unseen) { client in
                var frame = client.frame(client.message(.discover))
                frame.vlanTags = [7, 1]
                return frame
            },
            HostileFrame("a frame for another machine", .unseen) { client in
                var frame = client.frame(client.message(.discover))
                frame.destination = MACAddress(2, 0, 0, 0, 0xDD, 1)
                return frame
            },
            HostileFrame("a frame from a group address", .unseen) { client in
                var frame = client.frame(client.message(.discover))
                frame.source = MACAddress(3, 0, 0, 0, 0xDD, 1)
                return frame
            },
            HostileFrame("a frame with the bridge's own address as its source", .drop("own_frame")) { client in
                _ = try client.discover()  // The client learns the address from the reply.
                var frame = client.frame(client.message(.discover))
                frame.source = client.serverMAC
                return frame
            },
        ]

    static let ip: [HostileFrame] =
        (0...4 as ClosedRange<UInt8>).map { words in
            discover(
                "an IP header of \(words) words", "ip_header_length",
                frame: {
                    $0.versionAndHeaderLength = 0x40 | words
                })
        } + [
            discover("IP version 6 in an IPv4 frame", "not_ipv4", frame: { $0.versionAndHeaderLength = 0x65 }),
            discover(
                "IP options that do nothing", "ip_options",
                frame: {
                    $0.versionAndHeaderLength = 0x46
                    $0.ipOptions = [1, 1, 1, 1]
                }),
            discover(
                "a loose source route", "ip_options",
                frame: {
                    $0.versionAndHeaderLength = 0x47
                    $0.ipOptions = [131, 7, 4, 10, 0, 0, 1, 0]
                }),
            discover("an IP total length of 0", "ip_total_length", frame: { $0.totalLength = 0 }),
            discover("an IP total length above the frame", "ip_total_length", frame: { $0.totalLength = 1400 }),
            discover("an IP total length of 65535", "ip_total_length", frame: { $0.totalLength = 65535 }),
            discover("an IP total length below the frame", "ip_total_length", frame: { $0.totalLength = 300 }),
            discover("a false IP checksum", "ip_checksum", frame: { $0.ipChecksum = 0x1234 }),
            discover("a first fragment", "fragment", frame: { $0.fragment = 0x2000 }),
            discover("a middle fragment", "fragment", frame: { $0.fragment = 0x2010 }),
            discover("a last fragment", "fragment", frame: { $0.fragment = 0x0010 }),
        ]

    static let udp: [HostileFrame] =
        ([0, 7, 8, 299, 400, 1400, 65535] as [UInt16]).map { length in
            discover("a UDP length of \(length)", "udp_length", frame: { $0.udpLength = length })
        } + [
            discover("a false UDP checksum", "udp_checksum", frame: { $0.udpChecksum = 0x1234 }),
            discover("a UDP datagram without a payload", "too_short", frame: { $0.payload = [] }),
            discover(
                "a message that ends before its cookie", "too_short",
                frame: {
                    $0.payload = Array($0.payload.prefix(238))
                }),
        ]
}
