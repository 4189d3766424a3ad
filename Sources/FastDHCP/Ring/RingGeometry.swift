import CFastDHCP
import Glibc

/// The size of a ring and how it is cut: a whole number of blocks, each a whole number of equal frames.
///
/// Checked here before any system call, since the kernel says no more than EINVAL.
public struct RingGeometry: Equatable, Sendable {
    /// Bytes that one frame takes, the kernel's header included. A longer frame is cut by the kernel.
    public let frameByteCount: Int
    /// Bytes that the kernel allocates at a time.
    public let blockByteCount: Int
    public let blockCount: Int

    public var byteCount: Int { blockByteCount * blockCount }
    public var frameCount: Int { byteCount / frameByteCount }

    /// Room for a full Ethernet frame of 1,514 bytes and the kernel's header, and a divisor of every block.
    public static let defaultFrameByteCount = 2048
    /// Sixteen pages of 4 KiB or one of 64 KiB, small enough for the kernel to find even in fragmented
    /// memory.
    public static let defaultBlockByteCount = 65536
    /// The smallest and the largest ring.
    public static let byteCountLimits = 65536...(1 << 30)

    /// 4,096 frames in 8 MiB: more than 10 ms of the fastest burst that one core can bring in.
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

    /// A geometry by its parts.
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

    /// The kernel's header and the shortest DHCP message with its IP and Ethernet headers.
    private static let smallestFrameByteCount = 512

    /// The geometry as the kernel wants it.
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
