/// Flags as the Go program accepts them: `--dry-run=true` and `--dry-run=false` too, which operators' scripts may use.
package enum GoFlags {
    /// The arguments, rewritten for each flag in `flags`: FLAG=true becomes FLAG, and FLAG=false is removed.
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
