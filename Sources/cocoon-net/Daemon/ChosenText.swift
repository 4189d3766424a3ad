import FoundationEssentials

/// A text that a flag gives, else an environment variable, else the default.
struct ChosenText {
    /// The flag or the variable, as messages name it.
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
