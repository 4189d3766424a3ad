import Foundation
import TestSupport

/// deploy/cocoon-net.service, as far as it limits what the daemon may do.
struct ServiceUnit {
    private let settings: [(name: Substring, value: Substring)]

    init() throws {
        let root = #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
        let text = try String(contentsOfFile: "/\(root)/deploy/cocoon-net.service", encoding: .utf8)
        settings = text.split(separator: "\n").compactMap { line in
            guard !line.hasPrefix("#"), let equals = line.firstIndex(of: "=") else { return nil }
            return (line[..<equals], line[line.index(after: equals)...])
        }
    }

    /// The words of a setting, all its lines together.
    func words(_ name: String) -> [String] {
        settings.filter { $0.name == name }.flatMap { $0.value.split(separator: " ").map(String.init) }
    }

    func isOn(_ name: String) -> Bool { words(name) == ["yes"] }

    /// The paths that the daemon may write to.
    private var writablePaths: [String] {
        words("ReadWritePaths") + words("RuntimeDirectory").map { "/run/" + $0 }
            + words("StateDirectory").map { "/var/lib/" + $0 } + words("ConfigurationDirectory").map { "/etc/" + $0 }
    }

    /// A command that starts another one with the unit's capabilities and its view of the file system, as systemd does.
    var wrapper: [String] {
        let capabilities = words("CapabilityBoundingSet").map { "+" + $0.dropFirst("CAP_".count).lowercased() }
        let set = (["-all"] + capabilities).joined(separator: ",")
        let script = """
            writable="\(writablePaths.joined(separator: " "))"
            mount --bind /proc/sys /proc/sys
            for path in $writable; do
                case $path in /run/* | /var/lib/*) mkdir -p $path ;; esac
                [ ! -d $path ] || mount --bind $path $path
            done
            for path in $(findmnt --raw --noheadings --output TARGET | sort -u); do
                case $path in /proc/sys) ;; /proc | /proc/* | /dev | /dev/*) continue ;; esac
                for written in $writable; do
                    case $path in $written | $written/*) continue 2 ;; esac
                done
                # One that another lies over is out of reach.
                mount -o remount,bind,ro $path 2>/dev/null || true
            done
            exec setpriv --bounding-set=\(set) --inh-caps=\(set) --ambient-caps=\(set) --no-new-privs "$@"
            """
        return ["unshare", "--mount", "--propagation", "private", "/bin/sh", "-e", "-c", script, "sh"]
    }
}
