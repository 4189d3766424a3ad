import Node

@testable import ClientSettings

/// Valid settings, and damage to them. The same seed makes the same ones.
struct RandomSettings: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// SplitMix64.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }

    mutating func options(isReservation: Bool) -> JSON {
        let share = number(0...10)
        let keys = OptionKey.allCases.filter { !(isReservation && $0.isForEveryone) }
        var members: [JSON.Member] = []
        for key in keys.shuffled(using: &self) where number(1...10) <= share {
            // These two are added with the lease time, and an infinite lease has none.
            guard key != .renewalTime && key != .rebindingTime else { continue }
            members.append(JSON.Member(key.rawValue, value(of: key)))
            guard key == .leaseTime, case .string(let lease) = members.last?.value, lease != "infinite" else {
                continue
            }
            members += times(within: LeaseTime(lease)?.seconds ?? 0)
        }
        return .object(members)
    }

    mutating func reservations() -> JSON {
        let addresses = ["172.20.100.2", "172.20.100.3", "172.20.100.9"].shuffled(using: &self)
        let clients = (1...4).shuffled(using: &self)
        let members = zip(addresses, clients).prefix(number(0...3)).map { address, client in
            JSON.Member("02:00:00:00:00:0\(client)", reservation(address))
        }
        return .object(members)
    }

    private mutating func reservation(_ address: String) -> JSON {
        guard number(0...3) > 0 else { return .string(address) }
        var members = [JSON.Member("ip", .string(address))]
        if Bool.random(using: &self) { members.append(JSON.Member("hostname", .string(domain()))) }
        if Bool.random(using: &self) { members.append(JSON.Member("options", options(isReservation: true))) }
        return .object(members)
    }

    /// Replaces one value somewhere in `document`.
    mutating func damaged(_ document: JSON) -> JSON {
        switch document {
        case .object(var members) where !members.isEmpty && number(0...3) > 0:
            let index = number(0...members.count - 1)
            if number(0...9) == 0 { members[index].key += "x" }
            members[index].value = damaged(members[index].value)
            return .object(members)
        case .array(var elements) where !elements.isEmpty && number(0...3) > 0:
            let index = number(0...elements.count - 1)
            elements[index] = damaged(elements[index])
            return .array(elements)
        default:
            let others: [JSON] = [
                .null, .bool(true), .number("-1"), .number("1e9"), .string(""), .string("\u{0}"), .string("ü"),
                .string("0.0.0.0"), .array([]), .array([.null]), .object([]), .object([JSON.Member("", .null)]),
            ]
            return others[number(0...others.count - 1)]
        }
    }

    // MARK: - Values

    /// A random value of a key; its example for a key that is not listed.
    private mutating func value(of key: OptionKey) -> JSON {
        switch key.rawValue {
        case "leaseTime":
            return .string(["10s", "11s", "1h", "2147483647s", "infinite"][number(0...4)])
        case "spreadRenewals": return .bool(Bool.random(using: &self))
        case "dns": return addresses(1...65)
        case "ntp": return addresses(1...10)
        case "domain", "tftpServer": return .string(domain())
        case "search":
            let count = number(1...8)
            return .strings((0..<count).map { "n\($0)." + domain() })
        case "mtu": return .number("\(number(68...65535))")
        case "routes": return routes()
        case "captivePortal": return .string("https://" + domain() + "/a?b=%20")
        case "ipv6OnlyWait": return .number("\(number(300...4_294_967_295))")
        case "nextServer": return .string("172.20.100.\(number(1...254))")
        case "bootFile": return .string(String(repeating: "f", count: number(1...255)))
        case "boot": return boot()
        case "custom": return custom()
        default:
            do { return try JSON(parsing: Array(key.example.utf8)) } catch {
                preconditionFailure("the example of \(key) is no JSON: \(error)")
            }
        }
    }

    private mutating func times(within lease: UInt32) -> [JSON.Member] {
        let second = number(Int(lease) / 2 + 1...Int(lease) - 1)
        let first = number(1...second - 1)
        return [JSON.Member("renewalTime", .string("\(first)s")), JSON.Member("rebindingTime", .string("\(second)s"))]
    }

    private mutating func addresses(_ count: ClosedRange<Int>) -> JSON {
        let net = number(1...120)
        return .strings((1...number(count)).map { "\(net).0.0.\($0)" })
    }

    private mutating func domain() -> String {
        (0..<number(1...4)).map { _ in String("abcdefghij-_0123456789".shuffled(using: &self).prefix(number(1...20))) }
            .joined(separator: ".")
    }

    private mutating func routes() -> JSON {
        let count = number(1...30)
        return .array(
            (0..<count).map { index in
                let length = number(9...32)
                let destination = index == 0 && length < 12 ? "0.0.0.0/0" : "\(100 + index).0.0.0/\(length)"
                return .object([
                    JSON.Member("to", .string(destination)),
                    JSON.Member("via", .string("172.20.100.\(number(1...254))")),
                ])
            })
    }

    private mutating func boot() -> JSON {
        let keys = BootKey.allCases.shuffled(using: &self).prefix(number(1...6))
        return .object(keys.map { JSON.Member($0.rawValue, .string("http://\(domain())/file")) })
    }

    private mutating func custom() -> JSON {
        let codes = (224...240).shuffled(using: &self).prefix(number(1...6))
        return .array(
            codes.map { code in
                let type = CustomType.allCases[number(0...CustomType.allCases.count - 1)]
                return .object([
                    JSON.Member("code", .number("\(code)")), JSON.Member("type", .string(type.rawValue)),
                    JSON.Member("value", value(of: type)),
                ])
            })
    }

    private mutating func value(of type: CustomType) -> JSON {
        switch type {
        case .text: .string(String(repeating: "~ ", count: number(1...150)))
        case .hex: .string(String(repeating: "aF", count: number(0...300)))
        case .ip: .string("0.0.0.\(number(0...255))")
        case .ips: addresses(1...80)
        case .uint8: .number("\(number(0...255))")
        case .uint16: .number("\(number(0...65535))")
        case .uint32: .number("\(number(0...4_294_967_295))")
        case .bool: .bool(Bool.random(using: &self))
        }
    }

    /// Option 93 or 77 as firmware sends it, or none.
    mutating func firmware() -> [UInt8] {
        let architectures: [UInt8] = [0, 6, 7, 9, 11, 16, 19, 99]
        let index = number(0...architectures.count + 1)
        if index == architectures.count { return [77, 4] + Array("iPXE".utf8) }
        return index < architectures.count ? [93, 2, 0, architectures[index]] : []
    }
}
