import Glibc
import LinuxSystem
import SystemPackage

/// Passes a system call's result on, or throws its error number.
@discardableResult
func check<Result: SignedInteger>(_ call: @autoclosure () -> String, _ result: Result) throws(SystemError) -> Result {
    let code = errno
    guard result >= 0 else { throw SystemError(operation: call(), code: Errno(rawValue: code)) }
    return result
}
