import Glibc
import LinuxSystem
import SystemPackage

/// The process that a pid file names, which may be dead, or another program's by now: ids are used again, after a reboot above
/// all.
struct DaemonProcess: Equatable {
    let id: pid_t

    /// - Parameter bytes: the file's content; nil when it names no process.
    init?(namedBy bytes: [UInt8]) {
        let digits = bytes.filter { $0 > 0x20 }
        guard let id = pid_t(String(decoding: digits, as: UTF8.self)), id > 0 else { return nil }
        self.id = id
    }

    /// Whether it lives and is a daemon, of ours or of this very program.
    var isRunning: Bool {
        guard id != getpid(), kill(id, 0) == 0 || errno == EPERM else { return false }
        do {
            let executable = try Self.executableName(of: "\(id)")
            let ownExecutable = try Self.executableName(of: "self")
            return executable == "cocoon-net" || executable == ownExecutable
        } catch {
            // What may not be looked at is taken for a daemon; a process that has ended has no executable.
            return error.code != .noSuchFileOrDirectory
        }
    }

    /// Whether it is on its way out: it has no program any more, but threads of it may still hold its locks, sockets and rings.
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
        // From the third field on: the state, and as the twentieth the number of threads.
        let fields = String(decoding: text[(name + 1)...], as: UTF8.self).split(separator: " ")
        return fields.count > 17 && (fields[0] != "Z" || fields[17] != "1")
    }

    /// The name of a process's executable, without the mark that the kernel puts behind one that an upgrade replaced.
    private static func executableName(of process: String) throws(SystemError) -> String {
        let path = try SystemCall.readlink("/proc/\(process)/exe")
        let name = path.split(separator: "/").last ?? ""
        let mark = " (deleted)"
        return name.hasSuffix(mark) ? String(name.dropLast(mark.count)) : String(name)
    }
}
