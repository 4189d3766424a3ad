import CLinuxSystem
import Glibc

/// What a program sees to before it opens or makes anything, since whoever starts it may have left it otherwise.
package enum ProcessSetup {
    /// Opens /dev/null where a standard stream is closed: the next file would take its number, and lines that are meant for
    /// people would go into that file. Files and directories that are made get their modes, whatever umask was inherited.
    package static func prepare() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
            // The lowest number that is free: this one.
            // SAFETY: the path is a literal that ends in a zero byte.
            _ = unsafe open("/dev/null", O_RDWR)
        }
        umask(0o022)
    }
}
