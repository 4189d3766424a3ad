import Glibc

/// Plays systemd for a program in a sandbox: an abstract socket in the sandbox's network that receives sd_notify
/// messages.
package final class NotificationInbox: Sendable {
    /// The value for NOTIFY_SOCKET.
    package let name: String
    private let socket: FileHandle

    package init(in sandbox: Sandbox, _ name: String = "@notify") throws {
        self.name = name
        socket = try sandbox.inside {
            let type = CInt(SOCK_DGRAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
            let socket = FileHandle(owning: try check("socket", Glibc.socket(AF_UNIX, type, 0)))
            let address = UInt16(AF_UNIX).nativeBytes + [0] + Array(name.utf8.dropFirst())
            // SAFETY: the kernel reads as many bytes as the array has; the address family at their start says how to
            // read them.
            let code = unsafe address.withUnsafeBytes {
                unsafe bind(
                    socket.rawValue, $0.assumingMemoryBound(to: sockaddr.self).baseAddress, socklen_t($0.count))
            }
            try check("bind \(name)", code)
            return socket
        }
    }

    /// Takes the oldest notification and returns its lines; nil when none comes in time.
    package func next(within patience: Duration = .seconds(20)) throws -> [String]? {
        let (seconds, attoseconds) = patience.components
        var limit = timeval(tv_sec: Int(seconds), tv_usec: Int(attoseconds / 1_000_000_000_000))
        let size = socklen_t(MemoryLayout.size(ofValue: limit))
        // SAFETY: the kernel reads a local structure of this size.
        try check("SO_RCVTIMEO", unsafe setsockopt(socket.rawValue, SOL_SOCKET, SO_RCVTIMEO, &limit, size))
        var bytes = [UInt8](repeating: 0, count: 4096)
        // SAFETY: the buffer is as long as the array that lends it.
        let count = unsafe bytes.withUnsafeMutableBytes { unsafe recv(socket.rawValue, $0.baseAddress, $0.count, 0) }
        if count < 0 && errno == EAGAIN { return nil }
        try check("recv", count)
        return String(decoding: bytes[..<count], as: UTF8.self).split(separator: "\n").map(String.init)
    }

    /// Takes notifications up to the first that has a line with this beginning.
    /// - Throws: when none comes in time.
    @discardableResult
    package func next(_ beginning: String, within patience: Duration = .seconds(20)) throws -> [String] {
        let deadline = ContinuousClock.now + patience
        while ContinuousClock.now < deadline {
            guard let lines = try next(within: deadline - .now) else { break }
            if lines.contains(where: { $0.hasPrefix(beginning) }) { return lines }
        }
        throw ExchangeError("the service manager received no \(beginning)")
    }
}
