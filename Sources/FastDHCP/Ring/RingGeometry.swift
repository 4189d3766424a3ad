import CFastDHCP
import Glibc

/// The size of a ring and its layout: a whole number of blocks, each with a whole number of frames of equal size.
///
/// The values are checked here before any system call, because the kernel only says EINVAL.
public struct RingGeometry: Equatable, Sendable {
    /// The size of one frame in bytes, the kernel's header included. The kernel truncates longer frames.
    public let frameByteCount: Int
    /// The size of one block in bytes. The kernel allocates memory by the block.
    public let blockByteCount: Int
    public let blockCount: Int

    public var byteCount: Int { blockByteCount * blockCount }
    public var frameCount: Int { byteCount / frameByteCount }

    /// Enough for a full Ethernet frame of 1,514 bytes and the kernel's header. It divides every block.
    public static let defaultFrameByteCount = 2048
    /// Sixteen pages of 4 KiB, or one of 64 KiB. Small enough for the kernel to find even in fragmented memory.
    public static let defaultBlockByteCount = 65536
    /// The smallest and the largest ring, in bytes.
    public static let byteCountLimits = 65536...(1 << 30)

    /// 4,096 frames in 8 MiB: more than 10 ms of the fastest burst that one core can receive.
    public static let `default` = RingGeometry(
        frameByteCount: defaultFrameByteCount, blockByteCount: defaultBlockByteCount, uncheckedBlockCount: 128
    )

    /// The geometry of a ring of `byteCount` bytes.
    public init(byteCount: Int) throws(RingGeometryError) {
        guard Self.byteCountLimits.contains(byteCount) else { throw .outOfRange(byteCount) }
        guard byteCount % Self.defaultBlockByteCount == 0 else { throw .notWholeBlocks(byteCount) }
        try self.init(
            frameByteCount: Self.defaultFrameByteCount, blockByteCount: Self.defaultBlockByteCount,
            blockCount: byteCount / Self.defaultBlockByteCount)
    }

    /// The geometry with these values. Throws when the kernel would refuse them.
    public init(frameByteCount: Int, blockByteCount: Int, blockCount: Int) throws(RingGeometryError) {
        let pageByteCount = sysconf(Int32(_SC_PAGESIZE))
        guard blockByteCount > 0, blockByteCount % pageByteCount == 0 else {
            throw .notWholePages(blockByteCount: blockByteCount, pageByteCount: pageByteCount)
        }
        guard frameByteCount >= Self.smallestFrameByteCount, frameByteCount % Int(TPACKET_ALIGNMENT) == 0,
            blockByteCount % frameByteCount == 0
        else {
            throw .frameDoesNotDivideBlock(frameByteCount: frameByteCount, blockByteCount: blockByteCount)
        }
        let (total, overflow) = blockByteCount.multipliedReportingOverflow(by: blockCount)
        guard !overflow, Self.byteCountLimits.contains(total) else {
            throw .outOfRange(overflow ? .max : total)
        }
        self.init(
            frameByteCount: frameByteCount, blockByteCount: blockByteCount, uncheckedBlockCount: blockCount)
    }

    private init(frameByteCount: Int, blockByteCount: Int, uncheckedBlockCount: Int) {
        self.frameByteCount = frameByteCount
        self.blockByteCount = blockByteCount
        self.blockCount = uncheckedBlockCount
    }

    /// The smallest frame: the kernel's header, and the shortest DHCP message with its IP and Ethernet headers.
    private static let smallestFrameByteCount = 512

    /// The geometry in the kernel's form.
    var request: tpacket_req {
        tpacket_req(
            tp_block_size: UInt32(blockByteCount), tp_block_nr: UInt32(blockCount),
            tp_frame_size: UInt32(frameByteCount), tp_frame_nr: UInt32(frameCount))
    }
}

/// A ring size that the kernel would refuse.
public enum RingGeometryError: Error, Equatable, Sendable, CustomStringConvertible {
    case outOfRange(Int)
    case notWholeBlocks(Int)
    case notWholePages(blockByteCount: Int, pageByteCount: Int)
    case frameDoesNotDivideBlock(frameByteCount: Int, blockByteCount: Int)

    public var description: String {
        switch self {
        case .outOfRange(let byteCount):
            "ring size \(byteCount) is out of range: use \(RingGeometry.byteCountLimits.lowerBound) to "
                + "\(RingGeometry.byteCountLimits.upperBound) bytes"
        case .notWholeBlocks(let byteCount):
            "ring size \(byteCount) is not a multiple of \(RingGeometry.defaultBlockByteCount): use "
                + "\(byteCount.roundedUp(toMultipleOf: RingGeometry.defaultBlockByteCount))"
        case .notWholePages(let blockByteCount, let pageByteCount):
            "ring block size \(blockByteCount) does not fill whole pages: use a multiple of \(pageByteCount)"
        case .frameDoesNotDivideBlock(let frameByteCount, let blockByteCount):
            "ring frame size \(frameByteCount) must be a multiple of 16, at least 512, and divide the block "
                + "size \(blockByteCount): use \(RingGeometry.defaultFrameByteCount)"
        }
    }
}

extension Int {
    fileprivate func roundedUp(toMultipleOf unit: Int) -> Int { (self + unit - 1) / unit * unit }
}
