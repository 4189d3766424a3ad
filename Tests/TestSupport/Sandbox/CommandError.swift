/// A program that failed, with all of its output.
package struct CommandError: Error, CustomStringConvertible {
    package let arguments: [String]
    package let problem: String
    package let output: String

    package init(arguments: [String], problem: String, output: String) {
        (self.arguments, self.problem, self.output) = (arguments, problem, output)
    }

    package var description: String { "`\(arguments.joined(separator: " "))`: \(problem)\n\(output)" }
}
