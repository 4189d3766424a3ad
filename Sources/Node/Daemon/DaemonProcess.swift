import Glibc
import LinuxSystem
import SystemPackage

/// The process that a pid file names. It may be dead, or its ID may belong to another program by now: the kernel reuses
/// process IDs, in particular after a reboot.
struct DaemonProcess: Equatable {
    let id: pid_t

    /// - Parameter bytes: the file's content. The result is nil if it names no process.
    init?(namedBy bytes: [UInt8]) {
        let digits = bytes.filter { $0 > 0x20 }
        guard let id = pid_t(String(decoding: digits, as: UTF8.self)), id > 0 else { return nil }
        self.id = id
    }

    /// Whether the process is alive and runs a program called cocoon-net or the same program as this process.
    var isRunning: Bool {
        guard id != getpid(), kill(id, 0) == 0 || errno == EPERM else { return false }
        do {
            let executable = try Self.executableName(of: "\(id)")
            let ownExecutable = try Self.executableName(of: "self")
            return executable == "cocoon-net" || executable == ownExecutable
        } catch {
            // A process that cannot be inspected counts as a daemon. A process that has ended has no executable.
            return error.code != .noSuchFileOrDirectory
        }
    }

    /// Whether the process is ending: it no longer has a program, but its threads may still hold locks, sockets and
    /// rings.
    var isEnding: Bool {
        guard id != getpid(), let text = (try? Files.read("/proc/\(id)/stat", limit: 1024)) ?? nil,
            let name = text.lastIndex(of: UInt8(ascii: ")"))
        else { return false }
        do {
            _ = try SystemCall.readlink("/proc/\(id)/exe")
            return false
        } catch {
            guard error.code == .noSuchFileOrDirectory else { return false }
        }
        // The fields from the third on. The third is the state, the twentieth the number of threads.
        let fields = String(decoding: text[(name + 1)...], as: UTF8.self).split(separator: " ")
        return fields.count > 17 && (fields[0] != "Z" || fields[17] != "1")
    }

    /// The name of a process's executable, without the mark that the kernel appends if an upgrade replaced the file.
    private static func executableName(of process: String) throws(SystemError) -> String {
        let path = try SystemCall.readlink("/proc/\(process)/exe")
        let name = path.split(separator: "/").last ?? ""
        let mark = " (deleted)"
        return name.hasSuffix(mark) ? String(name.dropLast(mark.count)) : String(name)
    }
}
