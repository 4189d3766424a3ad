import LinuxSystem

/// An interface that is identified by a packet socket bound to it.
///
/// An interface's name, index and Ethernet address do not identify it for good: a new interface can get all three. The
/// socket does identify it. The kernel unbinds the socket when the interface is deleted or moves to another network
/// namespace, and never binds it again. A ring or a socket that was opened on ``identity`` after this object was made
/// is alive as long as this object's interface is.
public final class BoundInterface: Sendable {
    /// The interface as it was when the socket was bound.
    public let identity: InterfaceIdentity
    private let socket: PacketSocket

    /// Binds to the interface called `name` in this thread's network namespace.
    public init(named name: String) throws(InterfaceError) {
        do throws(SystemError) {
            socket = try PacketSocket()
        } catch {
            throw .system(error.during("interface \(name)"))
        }
        identity = try InterfaceIdentity(named: name, asking: socket.fileDescriptor)
        do throws(SystemError) {
            try socket.bind(to: identity, etherType: 0)
        } catch {
            throw .system(error.during("interface \(name)"))
        }
    }

    /// Whether this same interface still exists with its name, address and MTU.
    public var isUnchanged: Bool { isAlive && present == identity }

    /// Whether this same interface still has its name and is up, so that it passes frames.
    public var passesFrames: Bool {
        isAlive && present?.index == identity.index
            && InterfaceIdentity.isUp(identity.name, asking: socket.fileDescriptor)
    }

    /// Whether the interface has been neither deleted nor moved to another network namespace.
    private var isAlive: Bool { (try? socket.interfaceIndex()) == identity.index }

    /// The interface that has the name now.
    private var present: InterfaceIdentity? {
        try? InterfaceIdentity(named: identity.name, asking: socket.fileDescriptor)
    }
}
