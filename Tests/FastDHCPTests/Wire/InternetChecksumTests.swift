import Testing

@testable import FastDHCP

@Suite("Internet checksum, RFC 1071")
struct InternetChecksumTests {
    @Test("the example of RFC 1071 section 3")
    func example() {
        let bytes: [UInt8] = [0x00, 0x01, 0xF2, 0x03, 0xF4, 0xF5, 0xF6, 0xF7]
        var checksum = InternetChecksum()
        checksum.add(bytes.span)
        #expect(checksum.folded == 0xDDF2)
        #expect(checksum.complement == ~0xDDF2)
    }

    @Test("agrees with the definition for every length up to 100", arguments: Seeds.first(10))
    func lengths(seed: UInt64) {
        var numbers = SeededNumbers(seed: seed)
        for count in 0...100 {
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &numbers) }
            var checksum = InternetChecksum()
            checksum.add(bytes.span)
            #expect(checksum.folded == onesComplementSum(bytes), "\(count) bytes")
        }
    }

    @Test("no carry is lost in a datagram of ones, however long", arguments: [1, 7, 8, 9, 1472, 65507])
    func ones(count: Int) {
        let bytes = [UInt8](repeating: 0xFF, count: count)
        var checksum = InternetChecksum()
        checksum.add(bytes.span)
        #expect(checksum.folded == onesComplementSum(bytes))
    }

    @Test(
        "numbers, and words at even and odd offsets, add up like their bytes",
        arguments: Seeds.first(100))
    func parts(seed: UInt64) {
        var numbers = SeededNumbers(seed: seed)
        let word = numbers.next()
        let number = UInt16.random(in: 0 ... .max, using: &numbers)
        let offset = Int.random(in: 0..<100, using: &numbers)
        var checksum = InternetChecksum()
        checksum.add(number)
        checksum.add(word, at: offset)
        let place: [UInt8] = offset % 2 == 0 ? [] : [0]
        #expect(checksum.folded == onesComplementSum(bigEndian(number) + place + bigEndian(word)))
    }
}
