internal import Addresses
internal import Netlink

extension RouteSync where Kernel: ~Copyable {
    /// Leaves the routes in place and hands the neighbours back to ARP. The next program that serves these addresses
    /// then reaches them even if their MAC addresses change.
    /// - Returns: how many neighbours could not be changed.
    package func leave() -> Int {
        let (wanted, sequence) = withState { ($0.wanted.snapshot(), $0.wanted.changeSequence) }
        let operations = wanted.indices.filter { wanted[$0].isWanted && wanted[$0].hasNeighbour }.map {
            slot in
            RouteOperation(
                kind: .unpin, address: pool.address(at: slot), macAddress: wanted[slot].macAddress, tag: slot)
        }
        return perform(operations, untouchedSince: sequence) { _, _ in }.failures
    }
}
