/// The name of a running process.
package enum ProcessName {
    /// The name of the process that owns a netlink port. Nil when it is not known.
    ///
    /// The kernel gives a process its own ID as the port of its first netlink socket. There is no name for a process
    /// that has ended, or for the port of a process's further sockets.
    package static func ofNetlinkPort(_ portID: UInt32) -> String? {
        guard portID > 0, portID <= Int32.max else { return nil }
        return of("\(portID)")
    }

    /// The name of the process with this ID. Nil when there is none.
    static func of(_ process: String) -> String? {
        guard let line = try? SystemCall.readFile("/proc/\(process)/comm"), line.count > 1 else { return nil }
        return String(decoding: line.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }
}
