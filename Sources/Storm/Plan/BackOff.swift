/// How long a client waits for an answer before it sends its message again (RFC 2131 section 4.1).
struct BackOff: Sendable {
    /// The first wait, 4 s in the RFC.
    let firstNanoseconds: UInt64

    /// The wait after a message was sent for the `sendCount`th time: 4, 8, 16, 32, then 64 s, each randomly up to a
    /// second longer or shorter. If the first wait is not 4 s, all times scale with it.
    /// - Parameter noise: any 64 random bits.
    func nanoseconds(afterSend sendCount: Int, noise: UInt64) -> UInt64 {
        let mean = firstNanoseconds << UInt64(min(max(sendCount - 1, 0), 4))
        let spread = firstNanoseconds / 4
        return mean - spread + noise % (2 * spread + 1)
    }
}

/// Random bits that depend only on a seed and a purpose, so that a storm can be repeated.
struct SeededNoise: Sendable {
    let seed: UInt64

    /// The bits for `purpose`.
    func callAsFunction(_ purpose: UInt64) -> UInt64 {
        // The output function of SplitMix64: each input bit affects each output bit.
        var bits = seed &+ purpose &* 0x9E37_79B9_7F4A_7C15
        bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
        return bits ^ bits >> 31
    }
}
