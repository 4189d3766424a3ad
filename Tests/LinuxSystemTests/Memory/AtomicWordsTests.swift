import Testing

@testable import LinuxSystem

@Suite("Atomic words")
struct AtomicWordsTests {
    @Test("all words start at zero", arguments: [1, 511, 512, 513, 100_000])
    func zero(count: Int) {
        let words = AtomicWords(count: count)
        #expect(words.count == count)
        #expect((0..<count).allSatisfy { words.loadRelaxed($0) == 0 })
    }

    @Test("a word keeps its 64 bits and leaves its neighbours alone")
    func neighbours() {
        let words = AtomicWords(count: 3)
        words.storeRelaxed(0, 1)
        words.storeReleasing(1, .max)
        words.storeRelaxed(2, 2)
        #expect(words.loadRelaxed(0) == 1)
        #expect(words.loadAcquiring(1) == .max)
        #expect(words.loadRelaxed(2) == 2)
    }

    @Test("a compare-and-swap changes the word only when it is as expected")
    func compareExchange() {
        let words = AtomicWords(count: 1)
        #expect(!words.compareExchangeAcquiring(0, expected: 1, desired: 2))
        #expect(words.loadRelaxed(0) == 0)
        #expect(words.compareExchangeAcquiring(0, expected: 0, desired: 2))
        #expect(words.loadRelaxed(0) == 2)
    }

    @Test("an exchange returns the old value")
    func exchange() {
        let words = AtomicWords(count: 1)
        #expect(words.exchangeAcquiringAndReleasing(0, 7) == 0)
        #expect(words.exchangeAcquiringAndReleasing(0, 8) == 7)
        #expect(words.loadRelaxed(0) == 8)
    }

    @Test("a counter wraps instead of trapping")
    func increment() {
        let words = AtomicWords(count: 1)
        words.increment(0)
        words.increment(0, by: 41)
        #expect(words.loadRelaxed(0) == 42)
        words.storeRelaxed(0, .max)
        words.increment(0)
        #expect(words.loadRelaxed(0) == 0)
    }

    @Test("an index outside of the array ends the process")
    func bounds() async {
        await #expect(processExitsWith: .failure) { _ = AtomicWords(count: 4).loadRelaxed(4) }
        await #expect(processExitsWith: .failure) { AtomicWords(count: 4).storeRelaxed(-1, 0) }
        await #expect(processExitsWith: .failure) { _ = AtomicWords(count: 0) }
    }
}
