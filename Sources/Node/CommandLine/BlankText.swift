/// Empty texts, and those of white space alone, where a name or a path is asked for: what a script passes whose variable
/// is not set.
package enum BlankText {
    /// Refuses each option, or variable, that is given and blank.
    package static func refuse(_ options: KeyValuePairs<String, String?>) throws(BadInput) {
        for (option, text) in options {
            guard let text, text.allSatisfy(\.isWhitespace) else { continue }
            throw BadInput(option, text, "is blank", remedy: "give it a value, or leave it out")
        }
    }
}
