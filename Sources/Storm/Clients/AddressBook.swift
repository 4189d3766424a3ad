import Addresses

/// Maps each address to the client that holds it. Uses fixed memory: a hash table with linear probing that is at most a
/// quarter full.
struct AddressBook {
    private struct Entry {
        /// 0.0.0.0 if the entry is empty.
        var address = IPv4Address.unspecified
        var holder: Int32 = 0
    }

    private var entries: [Entry]
    private let shift: UInt32

    /// - Parameter clientCount: the maximum number of addresses that are held at the same time.
    init(clientCount: Int) {
        let bits = max(4, Int.bitWidth - (clientCount * 4 - 1).leadingZeroBitCount)
        entries = Array(repeating: Entry(), count: 1 << bits)
        shift = UInt32(32 - bits)
    }

    /// The client that holds `address`; nil if there is none.
    func holder(of address: IPv4Address) -> Int? {
        var position = home(of: address)
        while entries[position].address != .unspecified {
            if entries[position].address == address { return Int(entries[position].holder) }
            position = next(position)
        }
        return nil
    }

    /// Records that a client holds `address`, instead of any earlier holder.
    /// - Precondition: `address` is not 0.0.0.0.
    mutating func set(_ address: IPv4Address, holder: Int) {
        precondition(address != .unspecified, "no client can hold 0.0.0.0")
        var position = home(of: address)
        while entries[position].address != .unspecified, entries[position].address != address {
            position = next(position)
        }
        entries[position] = Entry(address: address, holder: Int32(truncatingIfNeeded: holder))
    }

    /// Removes `address` if that client is its holder. Does nothing for 0.0.0.0.
    mutating func remove(_ address: IPv4Address, holder: Int) {
        guard address != .unspecified else { return }
        var hole = home(of: address)
        while entries[hole].address != address {
            if entries[hole].address == .unspecified { return }
            hole = next(hole)
        }
        guard entries[hole].holder == Int32(truncatingIfNeeded: holder) else { return }
        // An entry behind the hole whose home is at the hole or before it moves up, so that no search ends too early.
        var position = next(hole)
        while entries[position].address != .unspecified {
            let distance = (position &- home(of: entries[position].address)) & (entries.count - 1)
            if distance >= (position &- hole) & (entries.count - 1) {
                entries[hole] = entries[position]
                hole = position
            }
            position = next(position)
        }
        entries[hole] = Entry()
    }

    private func home(of address: IPv4Address) -> Int { Int((address.rawValue &* 0x9E37_79B1) >> shift) }
    private func next(_ position: Int) -> Int { (position + 1) & (entries.count - 1) }
}
