import Glibc

/// Random numbers from a seed: SplitMix64.
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    /// True with a probability of 1 in `count`.
    mutating func oneIn(_ count: Int) -> Bool { Int.random(in: 0..<count, using: &self) == 0 }
}

/// The seeds of the property tests. A failing test names its seed; `FASTDHCP_TEST_SEED=N` runs that one
/// alone.
enum Seeds {
    static func first(_ count: UInt64) -> [UInt64] {
        // SAFETY: the environment does not change while tests run; the string is copied at once.
        if let text = unsafe getenv("FASTDHCP_TEST_SEED"), let seed = unsafe UInt64(String(cString: text)) {
            return [seed]
        }
        return Array(1...count)
    }
}
