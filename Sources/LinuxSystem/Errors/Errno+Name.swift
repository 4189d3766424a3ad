import CLinuxSystem
public import SystemPackage

extension Errno {
    /// The description and the name, such as "No such device (ENODEV)".
    public var namedDescription: String {
        // SAFETY: both return null or a constant string that lives as long as the program.
        guard let words = unsafe CLinuxSystem_strerrordesc_np(rawValue),
            let name = unsafe CLinuxSystem_strerrorname_np(rawValue)
        else { return "error \(rawValue)" }
        // SAFETY: constant, zero-terminated strings, just checked for null.
        return unsafe "\(String(cString: words)) (\(String(cString: name)))"
    }
}
