import Addresses
import FastDHCP
import Node

extension CustomOption {
    init(_ setting: Setting) throws(BadInput) {
        let members = try setting.members(by: CustomKey.self)
        guard let code = members[.code] else { throw setting.fault("has no \"code\"", "name the option's number") }
        guard let type = members[.type] else {
            throw setting.fault("has no \"type\"", "use one of \(CustomType.names)")
        }
        guard let value = members[.value] else {
            throw setting.fault("has no \"value\"", "add a value; \"hex\" may be empty")
        }
        self.code = try Self.code(code)
        self.value = try Self.bytes(of: value, as: try type.word(of: CustomType.self), of: self.code)
        do throws(ConfiguredOptionsError) {
            _ = try ConfiguredOptions([(self.code, self.value)])
        } catch {
            switch error {
            case .reserved:
                throw code.fault("is the code of an option that the server sets itself", "remove the option")
            case .length(_, let byteCount, let expected):
                throw value.fault("has \(byteCount) bytes, but option \(self.code) must have \(expected)", "correct it")
            case .tooLong(_, let limit):
                throw value.fault("exceeds the \(limit) bytes that fit in a reply", "shorten it")
            case .duplicate, .requiredTooLong: throw setting.fault("\(error)")
            }
        }
    }

    /// A code whose value neither the server nor another key sets.
    private static func code(_ setting: Setting) throws(BadInput) -> OptionCode {
        let code = OptionCode(rawValue: try setting.integer(in: 1...254))
        switch code {
        case .subnetMask, .broadcastAddress:
            throw setting.fault("is the code of an option that follows from the pool's subnet", "remove the option")
        case .router:
            throw setting.fault("is the code of an option that is always the pool's gateway", "remove the option")
        case .hostName:
            throw setting.fault(
                "has a key of its own", "set \"hostname\" in the VM's reservation")
        default: break
        }
        if let key = OptionKey.allCases.first(where: { $0.codes.contains(code) && !$0.mayBeCustom }) {
            throw setting.fault("has a key of its own", "set \"\(key)\" instead")
        }
        return code
    }

    private static func bytes(of value: Setting, as type: CustomType, of code: OptionCode) throws(BadInput) -> [UInt8] {
        switch type {
        case .text: return try value.printable()
        case .hex: return try hexadecimal(value)
        case .ip: return OptionEncoding.addresses([try value.address()])
        case .ips: return OptionEncoding.addresses(try addresses(value, of: code))
        case .uint8: return OptionEncoding.uint8(try value.integer(in: 0...UInt8.max))
        case .uint16: return OptionEncoding.uint16(try value.integer(in: 0...UInt16.max))
        case .uint32: return OptionEncoding.uint32(try value.integer(in: 0...UInt32.max))
        case .bool: return [try value.flag() ? 1 : 0]
        }
    }

    /// Options 21 and 33 are pairs (RFC 2132 sections 5.3 and 5.8): one router may stand in many of them.
    private static func addresses(_ value: Setting, of code: OptionCode) throws(BadInput) -> [IPv4Address] {
        guard [.policyFilter, .staticRoute].contains(code) else {
            return try value.list(by: \.self) { (element) throws(BadInput) in try element.address() }
        }
        var addresses: [IPv4Address] = []
        for element in try value.elements() { addresses.append(try element.address()) }
        return addresses
    }

    /// Pairs of hexadecimal digits, with colons between all of them or none.
    private static func hexadecimal(_ value: Setting) throws(BadInput) -> [UInt8] {
        let text = Array(try value.text().utf8)
        let colon = UInt8(ascii: ":")
        let pairs =
            text.contains(colon)
            ? text.split(separator: colon, omittingEmptySubsequences: false)
            : stride(from: 0, to: text.count, by: 2).map { text[$0..<min($0 + 2, text.count)] }
        let bytes = pairs.compactMap { pair -> UInt8? in
            guard pair.count == 2, pair.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }) else { return nil }
            return UInt8(String(decoding: pair, as: UTF8.self), radix: 16)
        }
        guard bytes.count == pairs.count else {
            throw value.fault("is not made of hexadecimal pairs", "write it like 0a1b2c or 0a:1b:2c")
        }
        return bytes
    }
}

extension CustomType {
    fileprivate static var names: String { allCases.map(\.rawValue).joined(separator: ", ") }
}
