import Glibc
import LinuxSystem
import SystemPackage

/// Makes a system call again as long as a signal interrupts it, and turns its -1 into an error that names the file.
func retrying<Result: FixedWidthInteger & SignedInteger>(
    _ call: StaticString, _ path: String, _ body: () -> Result
) throws(SystemError) -> Result {
    do {
        return try SystemCall.check(call, body)
    } catch {
        throw error.on(path)
    }
}
