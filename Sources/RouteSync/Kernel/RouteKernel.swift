public import Addresses
public import Netlink

/// The kernel as route synchronization sees it. The interface works on netlink messages, so a test double reads exactly
/// the bytes that would be sent.
public protocol RouteKernel: ~Copyable, Sendable {
    /// The netlink port that notifications about our own changes carry.
    var portID: UInt32 { get }
    /// Sends all requests of a batch and records the kernel's verdicts in it. Throws if verdicts were lost.
    mutating func perform(_ batch: inout RequestBatch) throws(NetlinkError)
    /// The entry of the routing table for a packet to `address`.
    mutating func route(to address: IPv4Address) throws(NetlinkError) -> RouteMessage?
    mutating func routes(matching filter: RouteFilter) throws(NetlinkError) -> [RouteMessage]
    mutating func neighbours(on interfaceIndex: UInt32?) throws(NetlinkError) -> [NeighbourMessage]
    mutating func neighbour(
        _ address: IPv4Address, on interfaceIndex: UInt32
    ) throws(NetlinkError) -> NeighbourMessage?
    mutating func link(named name: String) throws(NetlinkError) -> LinkMessage?
}

extension RouteNetlinkSocket: RouteKernel {}
