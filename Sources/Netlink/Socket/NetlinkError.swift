internal import LinuxSystem
public import SystemPackage

/// A request that the kernel refused, or that failed in a system call.
public struct NetlinkError: Error, Hashable, Sendable {
    /// The operation that failed, with the object's name: "create bridge cni0".
    public let operation: String
    public let number: Errno
    /// The kernel's explanation (its extended acknowledgement), if it sent one.
    public let kernelText: String?
    /// The offset in the request that the explanation is about, in bytes from the start of its header.
    public let byteOffset: UInt32?

    public init(
        _ operation: String, _ number: Errno, kernelText: String? = nil, byteOffset: UInt32? = nil
    ) {
        self.operation = operation
        self.number = number
        self.kernelText = kernelText
        self.byteOffset = byteOffset
    }

    init(_ operation: String, _ acknowledgement: Acknowledgement) {
        self.init(
            operation, Errno(rawValue: acknowledgement.errno), kernelText: acknowledgement.text,
            byteOffset: acknowledgement.byteOffset)
    }
}

extension NetlinkError: CustomStringConvertible {
    /// One sentence with the object, the error and the kernel's explanation, and one with the remedy, if a usual one is
    /// known.
    public var description: String {
        var text = "cannot \(operation): \(number.namedDescription)"
        if let kernelText {
            text += "; the kernel says \"\(kernelText)\""
            if let byteOffset, byteOffset > 0 { text += " at byte \(byteOffset) of the request" }
        }
        if let remedy { text += ". " + remedy }
        return text
    }

    private var remedy: String? {
        switch number {
        case .notPermitted: "Run as root, or with CAP_NET_ADMIN in this network namespace."
        case .fileExists: "An object with that name or address already exists: use it, or delete it first."
        case .operationNotSupportedByDevice:
            "There is no such interface here: check its name and the network namespace."
        case .networkDown: "Set the interface up first."
        case .notSupportedOnSocket: "The kernel lacks the driver or the feature: load its module."
        case .outOfRange: "An interface name has at most 15 bytes."
        case .noBufferSpace: "The socket's receive queue overflowed: raise net.core.rmem_max, or run as root."
        case .timedOut: "The kernel did not answer: it is very busy, or out of memory. Try again."
        default: nil
        }
    }
}
