internal import CNetlink
internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// A subscription to changes of the nftables rules, to which those of iptables-nft belong. The kernel reports no changes of
/// the rules of iptables-legacy.
///
/// It never blocks: wait until ``fileDescriptor`` is readable, then call ``takeAll()``.
public struct RuleWatch: ~Copyable, Sendable {
    private let descriptor: OwnedDescriptor
    /// Only that something changed is of interest, so a notification may be longer.
    private var received: [UInt8]

    /// Subscribes in the network namespace of the calling thread.
    public init() throws(NetlinkError) {
        do throws(SystemError) {
            descriptor = try Self.open()
        } catch {
            throw NetlinkError("watch the nftables rules", error.code)
        }
        received = [UInt8](repeating: 0, count: 64)
    }

    private static func open() throws(SystemError) -> OwnedDescriptor {
        let socket = try NetlinkSystem.openSocket(nonblocking: true, protocol: NETLINK_NETFILTER)
        _ = try NetlinkSystem.bindToFreePort(socket)
        try SystemCall.setsockopt(socket.rawValue, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, NFNLGRP_NFTABLES.rawValue)
        return socket
    }

    /// For poll and epoll: readable while notifications are queued. It is closed with the watch.
    public var fileDescriptor: Int32 { descriptor.rawValue }

    /// Takes all queued notifications.
    /// - Returns: whether the rules have changed.
    public mutating func takeAll() throws(NetlinkError) -> Bool {
        var hasChanged = false
        while true {
            do throws(SystemError) {
                _ = try NetlinkSystem.receive(descriptor, into: &received)
            } catch {
                switch error.code {
                case .resourceTemporarilyUnavailable: return hasChanged
                // A long notification, or an overflow of the queue.
                case .messageTooLong, .noBufferSpace: break
                default: throw NetlinkError("read notifications of changed nftables rules", error.code)
                }
            }
            hasChanged = true
        }
    }
}
