/// Finds out which programs hold a UDP port, so that an error can name them. Slow: it reads all of /proc.
package enum SocketOwners {
    /// The programs that have a UDP socket on `port` in this thread's network namespace, such as `dnsmasq (pid 812)`.
    ///
    /// /proc does not say which interface a socket is bound to, so servers on other bridges are included. Programs that
    /// this process may not inspect, or that are in another process namespace, are not included.
    package static func ofUDPPort(_ port: UInt16) -> [String] {
        let links = Set(inodes(ofUDPPort: port).map { "socket:[\($0)]" })
        guard !links.isEmpty else { return [] }
        return SystemCall.names(inDirectory: "/proc").compactMap(Int.init).sorted().compactMap { process in
            let descriptors = "/proc/\(process)/fd"
            let isOwner = SystemCall.names(inDirectory: descriptors).contains { descriptor in
                (try? SystemCall.readlink("\(descriptors)/\(descriptor)")).map(links.contains) ?? false
            }
            guard isOwner, let name = ProcessName.of("\(process)") else { return nil }
            return "\(name) (pid \(process))"
        }
    }

    /// The inodes of the UDP sockets on `port`, from the table that proc(5) describes. Its second column is
    /// address:port in hexadecimal, its tenth the inode.
    private static func inodes(ofUDPPort port: UInt16) -> [UInt64] {
        guard let table = try? SystemCall.readFile("/proc/thread-self/net/udp") else { return [] }
        return table.split(separator: UInt8(ascii: "\n")).dropFirst().compactMap { line in
            let columns = line.split(separator: UInt8(ascii: " ")).map { String(decoding: $0, as: UTF8.self) }
            guard columns.count > 9, let number = columns[1].split(separator: ":").last,
                UInt16(number, radix: 16) == port
            else { return nil }
            return UInt64(columns[9])
        }
    }
}
