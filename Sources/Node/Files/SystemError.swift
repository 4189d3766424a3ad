import Glibc

/// A system call that failed: which one, on which file, and why.
package struct SystemError: Error, Equatable, CustomStringConvertible {
    /// The call's name, as the kernel has it.
    package let call: String
    /// The file that it was about.
    package let path: String
    /// The errno value.
    package let code: Int32

    package init(_ call: String, _ path: String, code: Int32 = errno) {
        self.call = call
        self.path = path
        self.code = code
    }

    /// The errno's text, such as "Permission denied".
    package var reason: String {
        // SAFETY: strerror always answers a text that ends in a zero byte, and it is copied at once.
        unsafe String(cString: strerror(code))
    }

    /// What the operator can do about it.
    package var remedy: String {
        switch code {
        case EACCES, EPERM: "run it as root"
        case ENOSPC, EDQUOT: "free some space there"
        case EROFS: "that file system is read-only: name a directory on another one"
        case ENOENT: "check the path"
        case ENOTDIR: "a part of that path is no directory: name another one"
        default: "check that file"
        }
    }

    package var description: String { "\(call) \(path): \(reason); \(remedy)" }
}

/// Makes a system call again as long as a signal interrupts it, and turns its -1 into an error.
func retrying<Result: SignedInteger>(
    _ call: String, _ path: String, _ body: () -> Result
) throws(SystemError) -> Result {
    while true {
        let result = body()
        if result != -1 { return result }
        let code = errno
        if code != EINTR { throw SystemError(call, path, code: code) }
    }
}
