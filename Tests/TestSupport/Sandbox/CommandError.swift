/// A program that did not do what it was started for, with all that it printed.
package struct CommandError: Error, CustomStringConvertible {
    package let arguments: [String]
    package let problem: String
    package let output: String

    package init(arguments: [String], problem: String, output: String) {
        (self.arguments, self.problem, self.output) = (arguments, problem, output)
    }

    package var description: String { "`\(arguments.joined(separator: " "))`: \(problem)\n\(output)" }
}
