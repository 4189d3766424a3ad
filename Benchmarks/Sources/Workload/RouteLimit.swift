public import Addresses
import CRouteLimit
import Glibc

/// The limit of what the kernel can do: changes routes with their neighbour entries straight from C, beside a watcher that
/// subscribes to changes.
public final class RouteLimit: Sendable {
    private let interfaceIndex: Int32
    private let socket: Int32
    private let watcher: Int32

    /// Opens the sockets in the calling thread's network namespace.
    init(interfaceIndex: Int32) {
        self.interfaceIndex = interfaceIndex
        socket = CRouteLimit_open()
        watcher = CRouteLimit_watch()
        precondition(socket >= 0 && watcher >= 0, "the kernel has netlink sockets")
    }

    deinit {
        close(socket)
        close(watcher)
    }

    public func install(_ count: Int, from first: IPv4Address) { change(count, from: first, isInstall: true) }
    public func remove(_ count: Int, from first: IPv4Address) { change(count, from: first, isInstall: false) }

    private func change(_ count: Int, from first: IPv4Address, isInstall: Bool) {
        let error = CRouteLimit_change(socket, interfaceIndex, first.rawValue, UInt32(count), isInstall)
        precondition(error == 0, "the kernel takes every route")
    }
}
