import CLinuxSystem
import Glibc

/// What a program sees to before it opens or makes anything, since whoever starts it may have left it otherwise.
package enum ProcessSetup {
    /// Opens /dev/null where a standard stream is closed: the next file would take its number, and lines that are meant for
    /// people would go into that file. Files and directories that are made get their modes, whatever umask was inherited.
    ///
    /// Without /proc a program does not even know its arguments: this ends it with a message.
    package static func prepare() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
            // The lowest number that is free: this one.
            // SAFETY: the path is a literal that ends in a zero byte.
            _ = unsafe open("/dev/null", O_RDWR)
        }
        umask(0o022)
        guard let process = try? SystemCall.fileStatus(at: "/proc/self/cmdline"), process.isRegular else {
            StandardError.print("error: /proc is not mounted; run \"mount -t proc proc /proc\" first")
            exit(1)
        }
    }
}
