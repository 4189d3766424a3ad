public import Addresses
import LinuxSystem

/// The recent actions of one thread, per client. It answers afterwards why a VM has no address.
///
/// A ring of the last entries. Its thread writes them without a lock or an allocation, and any thread reads them. An
/// entry is four words:
///
///     0 number      from 1; 0 while the entry is written
///     1 time        nanoseconds since boot
///     2 client, event, detail     48, 8 and 8 bits
///     3 address, number           32 and 32 bits
public final class ExchangeTrace: Sendable {
    /// How many entries are kept.
    public static let capacity = 1 << 15

    private static let wordsPerEntry = 4
    private let words = AtomicWords(count: capacity * wordsPerEntry)
    /// How many entries were ever written.
    private let counter = AtomicWords(count: 1)

    public init() {}

    /// How many entries were ever written. A reader continues from there.
    // ORDERING: acquiring; pairs with `append`: a reader that sees the count sees the entries.
    public var count: UInt64 { counter.loadAcquiring(0) }

    @inline(__always)
    func append(_ entry: TraceEntry) {
        // ORDERING: relaxed; only this thread writes. The entry's number is 0 while its words change. Each word is
        // stored with release, so a reader that has seen one of the new words also sees the 0 or a later number.
        let number = counter.loadRelaxed(0)
        let base = Self.base(number)
        words.storeRelaxed(base, 0)
        words.storeReleasing(base + 1, entry.nanoseconds)
        words.storeReleasing(
            base + 2, entry.client.rawValue << 16 | UInt64(entry.event.rawValue) << 8 | UInt64(entry.detail))
        words.storeReleasing(base + 3, UInt64(entry.address.rawValue) << 32 | UInt64(entry.number))
        words.storeReleasing(base, number + 1)
        counter.storeReleasing(0, number + 1)
    }

    /// The entry with this number, counted from 0. Nil when it was overwritten or is not written yet.
    public func entry(_ number: UInt64) -> TraceEntry? {
        let base = Self.base(number)
        // ORDERING: acquiring; see `append`. The words in between are loaded with acquire, so the second check of the
        // number comes after them.
        guard words.loadAcquiring(base) == number + 1 else { return nil }
        let nanoseconds = words.loadAcquiring(base + 1)
        let subject = words.loadAcquiring(base + 2)
        let place = words.loadAcquiring(base + 3)
        guard words.loadAcquiring(base) == number + 1 else { return nil }
        guard let event = TraceEvent(rawValue: UInt8(truncatingIfNeeded: subject >> 8)) else { return nil }
        return TraceEntry(
            event, MACAddress(rawValue: subject >> 16), IPv4Address(rawValue: UInt32(truncatingIfNeeded: place >> 32)),
            at: nanoseconds, number: UInt32(truncatingIfNeeded: place), detail: UInt8(truncatingIfNeeded: subject))
    }

    /// The entries of a client that are still in the ring, oldest first.
    public func entries(of client: MACAddress) -> [TraceEntry] {
        let end = count
        let start = end > UInt64(Self.capacity) ? end - UInt64(Self.capacity) : 0
        return (start..<end).compactMap { number in
            guard words.loadRelaxed(Self.base(number) + 2) >> 16 == client.rawValue else { return nil }
            return entry(number).flatMap { $0.client == client ? $0 : nil }
        }
    }

    @inline(__always)
    private static func base(_ number: UInt64) -> Int {
        Int(truncatingIfNeeded: number & UInt64(capacity - 1)) * wordsPerEntry
    }
}

extension ExchangeTrace {
    /// Records that a reply was sent without an option that did not fit.
    func appendOmission(of reply: borrowing Reply) {
        guard let option = reply.omittedOption else { return }
        append(
            TraceEntry(
                .incomplete, reply.chaddr, reply.yiaddr, at: BootTime.nanosecondsNow(), number: reply.xid,
                detail: option.rawValue))
    }

    /// Records the outcome of a change.
    /// - Parameter isKnown: whether the client of a binding already had the address.
    @inline(__always)
    func append(_ change: BindingChange, isDone: Bool, isKnown: Bool, syncedAt: UInt64, routedAt: UInt64) {
        guard isDone else {
            append(TraceEntry(.failed, change.client, change.address, at: routedAt))
            return
        }
        append(TraceEntry(.synced, change.client, change.address, at: syncedAt))
        let event: TraceEvent =
            switch change.kind {
            case .bind: isKnown ? .renewed : .granted
            case .release: .released
            case .decline: .declined
            case .expire: .expired
            }
        let end = change.kind == .bind ? UInt32(clamping: change.deadline.milliseconds / 1000) : 0
        append(TraceEntry(event, change.client, change.address, at: routedAt, number: end))
    }
}
