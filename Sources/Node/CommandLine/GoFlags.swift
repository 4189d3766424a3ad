/// Flags as the Go program takes them: `--dry-run=true` and `=false` too, and operators' scripts may say so.
package enum GoFlags {
    /// The arguments with such spellings of `flags` put as a flag, or left out.
    package static func respelled(_ arguments: some Sequence<String>, flags: [String]) -> [String] {
        arguments.compactMap { argument in
            guard let flag = flags.first(where: { argument.hasPrefix($0 + "=") }) else { return argument }
            switch argument.dropFirst(flag.count + 1) {
            case "true", "1", "t", "T", "TRUE", "True": return flag
            case "false", "0", "f", "F", "FALSE", "False": return nil
            default: return argument
            }
        }
    }
}
