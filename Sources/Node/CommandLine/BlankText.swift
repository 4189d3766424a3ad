/// Checks for option values that are empty or only white space where a name or a path is needed: a script passes such a
/// value if one of its variables is not set.
package enum BlankText {
    /// Throws for the first option or variable that is given but blank.
    package static func refuse(_ options: KeyValuePairs<String, String?>) throws(BadInput) {
        for (option, text) in options {
            guard let text, text.allSatisfy(\.isWhitespace) else { continue }
            throw BadInput(option, text, "is blank", remedy: "give it a value, or leave it out")
        }
    }
}
