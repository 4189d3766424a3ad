internal import LinuxSystem

/// A network namespace and a thread that runs in it.
///
/// Sockets and rings opened inside ``perform(_:)``, and processes started there, belong to the namespace permanently,
/// whichever thread uses them later. An unnamed namespace ends with its last user; a named one stays until it is
/// deleted.
public struct NetworkNamespace: ~Copyable, Sendable {
    /// The name under /run/netns, where `ip netns` also finds it; nil if it has none.
    public let name: String?
    private let descriptor: OwnedDescriptor
    private let thread: DedicatedThread

    /// An open file descriptor of the namespace, for requests that create or move links. It is closed with this value.
    public var fileDescriptor: Int32 { descriptor.rawValue }

    private init(name: String?, thread: DedicatedThread, descriptor: consuming OwnedDescriptor) {
        self.name = name
        self.thread = thread
        self.descriptor = descriptor
    }

    /// Creates a namespace. Its loopback interface is down.
    /// - Parameter name: keeps the namespace alive under this name, as `ip netns add` does; nil creates an unnamed
    ///   namespace.
    /// - Throws: `.notPermitted` without CAP_SYS_ADMIN, `.fileExists` if the name is taken.
    public static func create(named name: String? = nil) throws(NetlinkError) -> NetworkNamespace {
        do throws(SystemError) {
            let thread = try DedicatedThread(name: "network")
            let descriptor = try thread.perform { () throws(SystemError) in
                try NamespaceSystem.unshareNetwork()
                if let name { try NamespaceSystem.keepNetwork(as: name) }
                return try NamespaceSystem.openOwnNetwork()
            }
            return NetworkNamespace(name: name, thread: thread, descriptor: descriptor)
        } catch {
            throw NetlinkError("create network namespace \(name ?? "without a name")", error.code)
        }
    }

    /// Opens a named namespace that this program or `ip netns add` created.
    public static func open(named name: String) throws(NetlinkError) -> NetworkNamespace {
        do throws(SystemError) {
            let descriptor = try NamespaceSystem.open(named: name)
            let rawDescriptor = descriptor.rawValue
            let thread = try DedicatedThread(name: "network")
            try thread.perform { () throws(SystemError) in try NamespaceSystem.enterNetwork(rawDescriptor) }
            return NetworkNamespace(name: name, thread: thread, descriptor: descriptor)
        } catch {
            throw NetlinkError("open network namespace \(name)", error.code)
        }
    }

    /// Removes a name. The namespace itself ends with its last user.
    public static func delete(named name: String) throws(NetlinkError) {
        do throws(SystemError) {
            try NamespaceSystem.forgetNetwork(named: name)
        } catch {
            throw NetlinkError("delete network namespace \(name)", error.code)
        }
    }

    /// Runs `body` on the namespace's thread, one caller at a time, and waits for it.
    ///
    /// Inside `body`, /proc/sys/net is that of the namespace, and processes start in the namespace. A nested call runs
    /// immediately. `body` is `@Sendable` because it runs on another thread; it must not contain code isolated to an
    /// actor.
    public func perform<Result: ~Copyable & Sendable, Failure: Error>(
        _ body: @Sendable () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try thread.perform(body)
    }
}
