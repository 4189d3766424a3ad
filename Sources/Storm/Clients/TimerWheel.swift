/// One timer per client, with millisecond resolution and fixed memory. Setting, clearing and firing take constant time.
/// Instants are in nanoseconds.
///
/// A ring of slots, one per millisecond. Each slot lists the clients whose deadline in milliseconds, modulo the number
/// of slots, is that slot.
struct TimerWheel {
    private var firsts: [Int32]
    private var links: [Links]
    /// The current millisecond: all timers before it have fired.
    private var tick: UInt64 = 0
    /// The next client to check in the current slot; `none` if the scan of the slot has not begun or is done.
    private var scan = Self.none
    private var isScanning = false

    private struct Links {
        var next = TimerWheel.none
        var previous = TimerWheel.none
        /// In milliseconds; `unset` if the timer is not set.
        var deadline = TimerWheel.unset
    }

    private static let none: Int32 = -1
    private static let unset = UInt64.max
    /// Sixteen seconds, longer than the first waits of a client. Later timers are skipped in each turn of the wheel.
    private static let slotCount = 16384
    private static let nanosecondsPerTick: UInt64 = 1_000_000

    init(clientCount: Int) {
        firsts = Array(repeating: Self.none, count: Self.slotCount)
        links = Array(repeating: Links(), count: clientCount)
    }

    /// Sets the wheel to the instant `now`, before any timer is set.
    mutating func begin(at now: UInt64) { tick = now / Self.nanosecondsPerTick }

    /// Sets a client's timer, instead of any earlier one, to fire in the first millisecond that begins after
    /// `deadline`.
    mutating func set(_ index: Int, at deadline: UInt64) {
        clear(index)
        let due = max(deadline / Self.nanosecondsPerTick + 1, tick + 1)
        let slot = Self.slot(of: due)
        let first = firsts[slot]
        links[index] = Links(next: first, deadline: due)
        if first != Self.none { links[Int(first)].previous = Int32(truncatingIfNeeded: index) }
        firsts[slot] = Int32(truncatingIfNeeded: index)
    }

    /// Clears a client's timer, if it is set.
    mutating func clear(_ index: Int) {
        let old = links[index]
        guard old.deadline != Self.unset else { return }
        if scan == Int32(truncatingIfNeeded: index) { scan = old.next }
        if old.next != Self.none { links[Int(old.next)].previous = old.previous }
        if old.previous != Self.none {
            links[Int(old.previous)].next = old.next
        } else {
            firsts[Self.slot(of: old.deadline)] = old.next
        }
        links[index] = Links()
    }

    /// Returns a client whose timer has fired by `now`, and clears the timer; nil if there is none left.
    mutating func popFired(at now: UInt64) -> Int? {
        let present = now / Self.nanosecondsPerTick
        while tick <= present {
            if !isScanning {
                scan = firsts[Self.slot(of: tick)]
                isScanning = true
            }
            while scan != Self.none {
                let index = Int(scan)
                scan = links[index].next
                if links[index].deadline <= tick {
                    clear(index)
                    return index
                }
            }
            isScanning = false
            tick += 1
        }
        return nil
    }

    /// The milliseconds until the next slot with timers, at most `limit`. Those timers may be due only in a later turn
    /// of the wheel.
    func milliseconds(untilNextUpTo limit: Int) -> Int {
        for distance in 0..<limit where firsts[Self.slot(of: tick + UInt64(distance))] != Self.none { return distance }
        return limit
    }

    private static func slot(of tick: UInt64) -> Int { Int(tick & UInt64(slotCount - 1)) }
}
