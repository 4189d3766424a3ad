internal import LinuxSystem

/// A network namespace, and a thread that lives in it.
///
/// What is opened inside ``perform(_:)`` belongs to the namespace for good, whoever uses it later: sockets,
/// rings, and processes started there. An unnamed namespace goes away with its last user; a named one stays
/// until it is deleted.
public struct NetworkNamespace: ~Copyable, Sendable {
    /// The name under /run/netns, where `ip netns` also finds it; nil if it has none.
    public let name: String?
    private let descriptor: OwnedDescriptor
    private let thread: DedicatedThread

    /// An open descriptor of the namespace, for requests that make or move links. It is closed with this
    /// value.
    public var fileDescriptor: Int32 { descriptor.rawValue }

    private init(name: String?, thread: DedicatedThread, descriptor: consuming OwnedDescriptor) {
        self.name = name
        self.thread = thread
        self.descriptor = descriptor
    }

    /// Makes a namespace. Its loopback interface is off.
    /// - Parameter name: keeps it alive under that name, as `ip netns add` does; nil for one that nobody else
    ///   needs to find.
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

    /// Opens a namespace that was made under a name, by this program or by `ip netns add`.
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

    /// Removes a name. The namespace itself goes with its last user.
    public static func delete(named name: String) throws(NetlinkError) {
        do throws(SystemError) {
            try NamespaceSystem.forgetNetwork(named: name)
        } catch {
            throw NetlinkError("delete network namespace \(name)", error.code)
        }
    }

    /// Runs `body` on the namespace's thread, one caller at a time, and waits for it.
    ///
    /// Inside, /proc/sys/net and the processes that are started are the namespace's too. A nested call runs
    /// at once.
    /// `body` is sendable because it does not run where it is written: an actor's code must not slip in.
    public func perform<Result: ~Copyable & Sendable, Failure: Error>(
        _ body: @Sendable () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try thread.perform(body)
    }
}
