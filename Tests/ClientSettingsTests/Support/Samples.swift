import Addresses
import FoundationEssentials
import Node

@testable import FastDHCP
@testable import ClientSettings

extension Pool {
    /// 172.20.100.0/24 with three addresses: .2, .3 and .9.
    static let sample = Pool(
        platform: .none, nodeName: "node-1", subnet: IPv4Network("172.20.100.0/24")!,
        gateway: IPv4Address(172, 20, 100, 1), ips: [2, 3, 9].map { IPv4Address(172, 20, 100, $0) },
        updatedAt: Date(timeIntervalSince1970: 1_769_860_800))

    /// The sample with these keys, in JSON.
    static func sample(options: String? = nil, reservations: String? = nil) throws -> Pool {
        var pool = sample
        pool.options = try options.map { try JSON(parsing: Array($0.utf8)) }
        pool.reservations = try reservations.map { try JSON(parsing: Array($0.utf8)) }
        return pool
    }
}

/// Reads the sample pool with these keys.
func settings(options: String? = nil, reservations: String? = nil) throws -> PoolSettings {
    try PoolSettings(.sample(options: options, reservations: reservations), stateDirectory: "/state")
}

/// The policy of the sample pool with these keys.
func policy(
    options: String? = nil, reservations: String? = nil, leaseTime: UInt32? = nil, mtu: UInt16? = nil
) throws -> ClientPolicy {
    try settings(options: options, reservations: reservations)
        .policy(generation: 7, leaseTime: leaseTime, mtu: mtu)
}

extension ConfiguredOptions {
    /// The value of an option that is not split; nil when it is not there.
    subscript(code: UInt8) -> [UInt8]? {
        let code = OptionCode(rawValue: code)
        guard contains(code) else { return nil }
        let words = encodedWords(of: code)
        let bytes = words.indices.flatMap { index in
            (0..<8).map { UInt8(truncatingIfNeeded: words[index] >> UInt64(56 - 8 * $0)) }
        }
        return Array(bytes.prefix(encodedByteCount(of: code)).dropFirst(2))
    }

    var codes: [UInt8] { (UInt8.min...UInt8.max).filter { contains(OptionCode(rawValue: $0)) } }
}

func text(_ bytes: [UInt8]?) -> String? { bytes.map { String(decoding: $0, as: UTF8.self) } }
