import Addresses
import TestSupport

/// BOOTP fields, message types and who may send what.
extension HostileFrame {
    static let bootp: [HostileFrame] =
        ([0, 2, 3, 255] as [UInt8]).map { op in
            discover("op \(op)", "op", message: { $0.op = op })
        } + [
            discover("a hardware type that is not Ethernet", "hardware_type", message: { $0.htype = 6 }),
            discover("a hardware address of 16 bytes", "hardware_type", message: { $0.hlen = 16 }),
            discover("a hardware address of 0 bytes", "hardware_type", message: { $0.hlen = 0 }),
            discover("a hardware address of 255 bytes", "hardware_type", message: { $0.hlen = 255 }),
            discover("a chaddr of zeros", "chaddr", message: { $0.chaddr = [UInt8](repeating: 0, count: 16) }),
            discover("a chaddr that is a group", "chaddr", message: { $0.chaddr[0] |= 1 }),
            discover(
                "a broadcast chaddr", "chaddr",
                message: { $0.chaddr.replaceSubrange(..<6, with: [UInt8](repeating: 255, count: 6)) }),
            discover("another cookie", "magic_cookie", message: { $0.cookie = 0x6382_5364 }),
        ]

    static let types: [HostileFrame] =
        [
            discover("BOOTP: no option at all", "bootp", message: { $0.options = [] }),
            discover("BOOTP: options, but no message type", "bootp", message: { $0[53] = nil }),
            discover("a message type without a byte", "bootp", message: { $0[53] = [] }),
            discover("a message type of two bytes", "bootp", message: { $0[53] = [1, 1] }),
            discover(
                "a message type that its field cuts off", "bootp",
                message: {
                    $0.options = []
                    $0.tail = [53]
                }),
            discover(
                "client identifiers that join to 300 bytes", "option_too_long",
                message: {
                    $0.options += [
                        .init(61, [UInt8](repeating: 1, count: 150)), .init(61, [UInt8](repeating: 2, count: 150)),
                    ]
                }),
        ]
        + ([0, 2, 5, 6, 9, 10, 11, 12, 13, 14, 128, 255] as [UInt8]).map { type in
            discover("message type \(type)", "message_type", message: { $0[53] = [type] })
        }

    /// Messages in the name of a client that has a lease, from another MAC.
    static let forged: [HostileFrame] = [DHCPMessage.Kind.discover, .request, .decline, .release, .inform].map { kind in
        HostileFrame("a \(kind) in another's name", .drop("source_mac_mismatch")) { client in
            let lease = try client.lease()
            var message = client.message(kind)
            switch kind {
            case .discover: break
            case .request, .release, .inform: message.ciaddr = lease.address
            default: message[50] = lease.address.bytes
            }
            var frame = client.frame(message, from: message.ciaddr)
            frame.source = MACAddress(rawValue: client.mac.rawValue ^ 0xFF)
            return frame
        }
    }

    static let sender: [HostileFrame] =
        forged + [
            discover(
                "a giaddr in our subnet", "relay_not_allowed", message: { $0.giaddr = IPv4Address(172, 20, 100, 99) }),
            discover("a giaddr elsewhere", "relay_not_allowed", message: { $0.giaddr = IPv4Address(192, 0, 2, 1) }),
            discover("a giaddr of 255.255.255.255", "relay_not_allowed", message: { $0.giaddr = .broadcast }),
        ]

    /// Well-formed messages that deserve no answer.
    static let engine: [HostileFrame] = [
        HostileFrame("a REQUEST that names no address", .silence("missing_address")) { client in
            client.frame(client.message(.request))
        },
        HostileFrame("a REQUEST for another server's offer", .silence("other_server")) { client in
            guard let offer = try client.discover() else { throw ExchangeError("no OFFER") }
            var request = client.selecting(offer)
            request[54] = [172, 20, 100, 253]
            return client.frame(request)
        },
        HostileFrame("an INIT-REBOOT of an unknown client", .silence("unknown_client")) { client in
            client.frame(client.rebooting(IPv4Address(172, 20, 100, 190)))
        },
        HostileFrame("a RELEASE of an address that was never leased", .silence("release_refused")) { client in
            let address = IPv4Address(172, 20, 100, 191)
            var release = client.message(.release)
            release.ciaddr = address
            release[54] = [172, 20, 100, 1]
            return client.frame(release, from: address, to: IPv4Address(172, 20, 100, 1))
        },
        HostileFrame("a RELEASE from another address than the leased one", .silence("release_refused")) { client in
            let lease = try client.lease()
            var release = client.message(.release)
            release.ciaddr = lease.address
            release[54] = lease.server.bytes
            return client.frame(release, from: IPv4Address(172, 20, 100, 192), to: lease.server)
        },
        HostileFrame("a DECLINE of an address that the client does not hold", .silence("decline_refused")) { client in
            client.frame(client.declining(IPv4Address(172, 20, 100, 193), server: IPv4Address(172, 20, 100, 1)))
        },
        HostileFrame("a DECLINE that names no address", .silence("missing_address")) { client in
            var decline = client.message(.decline)
            decline[54] = [172, 20, 100, 1]
            return client.frame(decline)
        },
        HostileFrame("one DECLINE too many", .silence("decline_limit")) { client in
            for _ in 0..<2 {
                let lease = try client.lease()
                try client.decline(lease.address, server: lease.server)
                try client.completeAnotherExchange()
            }
            let lease = try client.lease()
            return client.frame(client.declining(lease.address, server: lease.server))
        },
        HostileFrame("an INFORM without an address", .silence("missing_address")) { client in
            client.frame(client.message(.inform))
        },
        HostileFrame("an INFORM from no network of ours", .silence("foreign_subnet")) { client in
            var inform = client.message(.inform)
            inform.ciaddr = IPv4Address(192, 0, 2, 9)
            return client.frame(inform, from: inform.ciaddr)
        },
    ]
}
