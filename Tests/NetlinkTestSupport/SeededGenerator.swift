package import Addresses

/// Random numbers that come out the same in every run, so that a failure can be repeated.
package struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    /// SplitMix64.
    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}

extension IPv4Address {
    package static func random(using generator: inout SeededGenerator) -> Self {
        Self(rawValue: .random(in: 0...(.max), using: &generator))
    }
}

extension MACAddress {
    package static func random(using generator: inout SeededGenerator) -> Self {
        Self(rawValue: generator.next())
    }
}

extension Bool {
    /// Each value or nil, equally often.
    package static func maybe(using generator: inout SeededGenerator) -> Bool? {
        [true, false, nil].randomElement(using: &generator)!
    }
}

extension FixedWidthInteger where Self: Sendable {
    /// Any value, or nil half of the time.
    package static func maybe(using generator: inout SeededGenerator) -> Self? {
        Bool.random(using: &generator) ? .random(in: .min ... .max, using: &generator) : nil
    }
}
