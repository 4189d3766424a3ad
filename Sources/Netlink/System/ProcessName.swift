internal import Glibc

/// The name of the process behind a netlink port, as far as it can be told.
///
/// The kernel gives a process its own id as the port of its first netlink socket. A process that has ended,
/// or that has several sockets, has no name here.
package func processName(ofPort portID: UInt32) -> String? {
    guard portID > 0, portID <= Int32.max, let file = try? System.open("/proc/\(portID)/comm", O_RDONLY)
    else {
        return nil
    }
    var name = [UInt8](repeating: 0, count: 64)
    // SAFETY: the array outlives the call, and its own count bounds what the kernel writes.
    let byteCount = unsafe read(file.rawValue, &name, name.count)
    guard byteCount > 1 else { return nil }
    return String(decoding: name.prefix(byteCount).filter { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
}
