/// The only source of random numbers in a run, so that a seed repeats the whole run (SplitMix64).
final class SeededRandom {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 }

    func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

    func within(_ range: ClosedRange<Int>) -> Int { range.lowerBound + below(range.count) }

    /// True so many times in a thousand.
    func chance(_ perMille: Int) -> Bool { below(1000) < perMille }

    func pick<Element>(_ elements: [Element]) -> Element { elements[below(elements.count)] }
}
