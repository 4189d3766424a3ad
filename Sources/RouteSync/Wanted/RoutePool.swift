public import Addresses

/// The addresses whose host routes may be ours, fixed at the start. Each has a slot. Slots are in ascending order of
/// address.
public struct RoutePool: Sendable {
    private let addresses: [IPv4Address]

    /// - Parameter addresses: in any order. Duplicates count once.
    public init(_ addresses: some Sequence<IPv4Address>) {
        // A pool is usually sorted already, and then sorting only compares each address once.
        var distinct: [IPv4Address] = []
        for address in addresses.sorted() where distinct.last != address { distinct.append(address) }
        self.addresses = distinct
    }

    /// How many slots there are.
    var count: Int { addresses.count }

    /// The slot of an address; nil if the address is not in the pool. Takes logarithmic time and allocates nothing.
    func slot(of address: IPv4Address) -> Int? {
        var low = 0
        var high = addresses.count
        while low < high {
            let middle = (low + high) / 2
            if addresses[middle] < address { low = middle + 1 } else { high = middle }
        }
        return low < addresses.count && addresses[low] == address ? low : nil
    }

    func address(at slot: Int) -> IPv4Address { addresses[slot] }
}
