import Glibc

/// The programs under test and those that tests use.
package enum Program {
    /// The daemon of the release build. Its tools are in the same directory.
    package static let cocoonNet = binaryDirectory + "/cocoon-net"

    /// `COCOON_NET_BIN_DIR`, or `.build/release` of this package if that is not set.
    private static let binaryDirectory: String = {
        if let directory = environment("COCOON_NET_BIN_DIR") { return absolute(directory) }
        let root = #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
        return "/\(root)/.build/release"
    }()

    /// - Throws: an error that says what to do if the release build is missing.
    static func checkBuild() throws {
        // SAFETY: the path is a string that outlives the call.
        guard unsafe access(cocoonNet, X_OK) != 0 else { return }
        throw ExchangeError("\(cocoonNet) is missing; run scripts/test release_build first, or set COCOON_NET_BIN_DIR")
    }

    /// The path of a program in the standard directories; nil if it is not installed.
    package static func find(_ name: String) -> String? {
        ["/usr/sbin/", "/usr/bin/", "/sbin/", "/bin/"].map { $0 + name }.first {
            // SAFETY: the path is a string that outlives the call.
            unsafe access($0, X_OK) == 0
        }
    }
}

/// An environment variable; nil if it is not set or empty.
package func environment(_ name: String) -> String? {
    // SAFETY: the value is copied at once; nothing in the tests changes the environment.
    guard let value = unsafe getenv(name) else { return nil }
    let text = unsafe String(cString: value)
    return text.isEmpty ? nil : text
}

/// The absolute path, which stays valid when the working directory changes.
private func absolute(_ path: String) -> String {
    // SAFETY: getcwd allocates the string, which is copied and freed here.
    guard !path.hasPrefix("/"), let directory = unsafe getcwd(nil, 0) else { return path }
    defer { unsafe free(directory) }
    return unsafe String(cString: directory) + "/" + path
}
