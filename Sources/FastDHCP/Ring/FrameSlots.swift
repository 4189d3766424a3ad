import CFastDHCP
import LinuxSystem
import Synchronization

/// The frames of a V2 packet ring in memory shared with the kernel. Each frame has a slot of fixed size.
///
/// The first word of a slot, tp_status, says who owns the slot: this program or the kernel. That word is only accessed
/// atomically. The rest of a slot is only accessed while this program owns it.
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

    /// The slot after `index`. The first slot follows the last.
    @inline(__always)
    func next(_ index: Int) -> Int { index &+ 1 == count ? 0 : index &+ 1 }

    /// The slot before `index`.
    @inline(__always)
    func previous(_ index: Int) -> Int { index == 0 ? count &- 1 : index &- 1 }

    /// The bytes of the slot at `index`. They are valid while this object lives and readable while this program owns
    /// the slot.
    @inline(__always)
    func unsafeBytes(_ index: Int) -> UnsafeMutableRawBufferPointer {
        precondition(UInt(bitPattern: index) < UInt(bitPattern: count), "no such slot")
        // SAFETY: the index is below the count, so the slot lies within the mapping.
        return unsafe UnsafeMutableRawBufferPointer(
            start: mapping.unsafeBase + index &* frameByteCount, count: frameByteCount)
    }

    /// The slot's tp_status. When it says that this program owns the slot, everything that the kernel wrote there
    /// before can be read.
    @inline(__always)
    func status(_ index: Int) -> UInt32 {
        // SAFETY: the word lies in the mapping, which this owner keeps.
        // ORDERING: acquiring, pairs with the kernel's write barrier before it sets tp_status.
        unsafe statusWord(index).pointee.load(ordering: .acquiring)
    }

    /// Sets tp_status, which hands the slot over. The kernel accesses the slot only after all our reads and writes of
    /// it.
    @inline(__always)
    func setStatus(_ index: Int, _ status: UInt32) {
        // SAFETY: as above.
        // ORDERING: releasing, pairs with the kernel's read barrier after it reads tp_status.
        unsafe statusWord(index).pointee.store(status, ordering: .releasing)
    }

    @inline(__always)
    private func statusWord(_ index: Int) -> UnsafeMutablePointer<Atomic<UInt32>> {
        // SAFETY: tp_status is the first word of a slot and is aligned to 16 bytes. Both sides access it as one word.
        unsafe unsafeBytes(index).baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: Atomic<UInt32>.self)
    }
}
