/// The name of a running process.
package enum ProcessName {
    /// The name of the process behind a netlink port, as far as it can be told.
    ///
    /// The kernel gives a process its own id as the port of its first netlink socket. A process that has ended,
    /// or that has several sockets, has no name here.
    package static func ofNetlinkPort(_ portID: UInt32) -> String? {
        guard portID > 0, portID <= Int32.max else { return nil }
        return of("\(portID)")
    }

    /// The name of the process with this id; nil when there is none.
    static func of(_ process: String) -> String? {
        guard let line = try? SystemCall.readFile("/proc/\(process)/comm"), line.count > 1 else { return nil }
        return String(decoding: line.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }
}
