import Glibc

/// A system call that failed.
package struct SystemError: Error, CustomStringConvertible {
    package let call: String
    /// The error number.
    package let code: CInt

    package var description: String {
        // SAFETY: strerror returns a string that lives until the next call on this thread; it is copied at once.
        let reason = unsafe String(cString: strerror(code))
        return "\(call): \(reason)"
    }
}

/// Passes a system call's result on, or throws its error number.
@discardableResult
func check<Result: SignedInteger>(_ call: @autoclosure () -> String, _ result: Result) throws(SystemError) -> Result {
    let code = errno
    guard result >= 0 else { throw SystemError(call: call(), code: code) }
    return result
}
