/// Input from the operator that cannot be used: the field, its value, the problem and what to do.
package struct BadInput: Error, Equatable, CustomStringConvertible {
    /// The file that the field is in; nil for the command line.
    package var file: String?
    /// The key in the file with its index, such as `ips[3]`; a position in the text; or the option, such as `--subnet`.
    package var field: String?
    /// The field's value, cut to 80 characters; in quotes if it is blank.
    package var value: String?
    /// Why it cannot be used, such as "is not an IPv4 address".
    package var problem: String
    /// What the operator can do about it.
    package var remedy: String

    package init(file: String? = nil, _ field: String?, _ value: String?, _ problem: String, remedy: String) {
        self.file = file
        self.field = field
        self.value = value.map { $0.allSatisfy(\.isWhitespace) ? "\"\($0)\"" : $0 }
            .map { $0.count > 80 ? $0.prefix(79) + "…" : $0 }
        self.problem = problem
        self.remedy = remedy
    }

    package var description: String {
        let place = file.map { $0 + ": " } ?? ""
        let subject = [field, value].compactMap { $0 }.joined(separator: " ")
        return place + (subject.isEmpty ? "" : subject + " ") + problem + "; " + remedy
    }
}
