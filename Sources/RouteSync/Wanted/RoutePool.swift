public import Addresses

/// The addresses whose host routes may be ours, fixed at start. Each has a slot, in ascending order.
public struct RoutePool: Sendable {
    private let addresses: [IPv4Address]

    /// - Parameter addresses: in any order; repeated ones count once.
    public init(_ addresses: some Sequence<IPv4Address>) {
        // A pool comes in order as a rule, and then this is one look at each.
        var distinct: [IPv4Address] = []
        for address in addresses.sorted() where distinct.last != address { distinct.append(address) }
        self.addresses = distinct
    }

    /// How many slots there are.
    var count: Int { addresses.count }

    /// The slot of an address, nil if it is not in the pool. Takes logarithmic time and allocates nothing.
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
