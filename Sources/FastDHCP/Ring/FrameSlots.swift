import CFastDHCP
import LinuxSystem
import Synchronization

/// The frames of a V2 packet ring in memory shared with the kernel, one fixed-size slot each.
///
/// A slot's first word, tp_status, says whose it is, ours or the kernel's. That word is only ever touched
/// atomically, and the rest of a slot only while it is ours.
struct FrameSlots: ~Copyable, Sendable {
    private let mapping: SharedMapping
    private let frameByteCount: Int
    let count: Int

    /// Takes over a mapping of `geometry`'s size.
    init(_ mapping: consuming SharedMapping, geometry: RingGeometry) {
        precondition(mapping.byteCount == geometry.byteCount, "a ring is mapped whole")
        self.mapping = mapping
        frameByteCount = geometry.frameByteCount
        count = geometry.frameCount
    }

    /// The slot after `index`; the last is followed by the first.
    @inline(__always)
    func next(_ index: Int) -> Int { index &+ 1 == count ? 0 : index &+ 1 }

    /// The slot before `index`.
    @inline(__always)
    func previous(_ index: Int) -> Int { index == 0 ? count &- 1 : index &- 1 }

    /// The bytes of the slot at `index`, valid while this owner lives and readable while the slot is ours.
    @inline(__always)
    func unsafeBytes(_ index: Int) -> UnsafeMutableRawBufferPointer {
        precondition(UInt(bitPattern: index) < UInt(bitPattern: count), "no such slot")
        // SAFETY: the index is below the count, so the slot lies within the mapping.
        return unsafe UnsafeMutableRawBufferPointer(
            start: mapping.unsafeBase + index &* frameByteCount, count: frameByteCount)
    }

    /// tp_status. When it says that the slot is ours, all that the kernel wrote there before can be read.
    @inline(__always)
    func status(_ index: Int) -> UInt32 {
        // SAFETY: the word lies in the mapping, which this owner keeps.
        // ORDERING: acquiring, pairs with the kernel's write barrier before it sets tp_status.
        unsafe statusWord(index).pointee.load(ordering: .acquiring)
    }

    /// Hands the slot over by its status. The kernel touches it only after all that we read and wrote there.
    @inline(__always)
    func setStatus(_ index: Int, _ status: UInt32) {
        // SAFETY: as above.
        // ORDERING: releasing, pairs with the kernel's read barrier after it reads tp_status.
        unsafe statusWord(index).pointee.store(status, ordering: .releasing)
    }

    @inline(__always)
    private func statusWord(_ index: Int) -> UnsafeMutablePointer<Atomic<UInt32>> {
        // SAFETY: tp_status is a slot's first word, aligned to 16 bytes; both sides access it as one word.
        unsafe unsafeBytes(index).baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: Atomic<UInt32>.self)
    }
}
