import Testing

@testable import FastDHCP

@Suite("ring geometry")
struct RingGeometryTests {
    @Test("a size in bytes gives frames of 2 KiB in blocks of 64 KiB")
    func byteCount() throws {
        let geometry = try RingGeometry(byteCount: 8 << 20)
        #expect(geometry == .default)
        #expect(geometry.frameCount == 4096)
        #expect(geometry.byteCount == 8 << 20)
    }

    @Test(
        "a size out of range is an error with the range", arguments: [-1, 0, 65535, (1 << 30) + 65536, .max])
    func outOfRange(_ byteCount: Int) {
        #expect(throws: RingGeometryError.outOfRange(byteCount)) { try RingGeometry(byteCount: byteCount) }
        #expect(RingGeometryError.outOfRange(byteCount).description.contains("65536 to 1073741824"))
    }

    @Test("a size that is no multiple of the block is an error that gives the next multiple")
    func notWholeBlocks() {
        #expect(throws: RingGeometryError.notWholeBlocks(100_000)) { try RingGeometry(byteCount: 100_000) }
        #expect(RingGeometryError.notWholeBlocks(100_000).description.hasSuffix("use 131072"))
    }

    @Test("a block that is no multiple of the page is an error", arguments: [0, -4096, 2048, 65536 + 2048])
    func notWholePages(_ blockByteCount: Int) {
        #expect(throws: RingGeometryError.self) {
            try RingGeometry(frameByteCount: 2048, blockByteCount: blockByteCount, blockCount: 64)
        }
    }

    @Test(
        "a frame that is too small, misaligned or does not divide the block is an error",
        arguments: [0, -2048, 256, 2040, 3072])
    func badFrame(_ frameByteCount: Int) {
        let error = RingGeometryError.frameDoesNotDivideBlock(
            frameByteCount: frameByteCount, blockByteCount: 65536)
        #expect(throws: error) {
            try RingGeometry(frameByteCount: frameByteCount, blockByteCount: 65536, blockCount: 64)
        }
    }

    @Test("a number of blocks that is out of range is an error", arguments: [Int.max, 0, -1])
    func blockCount(_ blockCount: Int) {
        #expect(throws: RingGeometryError.self) {
            try RingGeometry(frameByteCount: 2048, blockByteCount: 65536, blockCount: blockCount)
        }
    }
}
