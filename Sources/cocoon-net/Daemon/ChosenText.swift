import FoundationEssentials

/// A setting from a flag, else from an environment variable, else the default.
struct ChosenText {
    /// The name of the flag or the variable, for messages.
    let source: String
    let text: String

    init(_ flag: String, _ argument: String?, variable: String, default usual: String) {
        if let argument {
            (source, text) = (flag, argument)
        } else if let value = ProcessInfo.processInfo.environment[variable] {
            (source, text) = (variable, value)
        } else {
            (source, text) = (flag, usual)
        }
    }
}
