/// One iptables rule, as `iptables-save` prints it: a chain and the words after it.
package struct Rule: Hashable, Sendable {
    package var chain: String
    /// The matches and the target, split as a shell would: `-i`, `cni0`, `-j`, `ACCEPT`.
    package var words: [String]

    package init(chain: String, words: [String]) {
        self.chain = chain
        self.words = words
    }

    /// Creates a rule from text without quotes, such as `FORWARD -i cni0 -o cni0 -j ACCEPT`.
    init(_ text: String) {
        let words = text.split(separator: " ").map(String.init)
        self.init(chain: words[0], words: Array(words[1...]))
    }

    /// Parses a line of `iptables-save`, `-A CHAIN …`; nil for any other line.
    init?(savedLine line: Substring) {
        let words = Self.split(line)
        guard words.count > 2, words[0] == "-A" else { return nil }
        self.init(chain: words[1], words: Array(words[2...]))
    }

    /// The text after the command (`-A`, `-D`, `-I`), quoted for `iptables-restore`.
    /// - Parameter position: the position at which `-I` inserts the rule, starting at 1.
    func text(at position: Int? = nil) -> String {
        let parts = [chain] + (position.map { [String($0)] } ?? []) + words.map(Self.quoted)
        return parts.joined(separator: " ")
    }

    /// Whether the rule drops or rejects every packet that reaches it.
    var dropsEverything: Bool {
        words.first == "-j" && words.count > 1 && (words[1] == "DROP" || words[1] == "REJECT")
    }

    /// Splits at spaces. Double quotes protect spaces, and a backslash inside quotes protects the next character.
    private static func split(_ line: Substring) -> [String] {
        var words: [String] = []
        var word: String?
        var isQuoted = false
        var isEscaped = false
        for character in line {
            if isEscaped {
                word = (word ?? "") + String(character)
                isEscaped = false
            } else if isQuoted && character == "\\" {
                isEscaped = true
            } else if character == "\"" {
                isQuoted.toggle()
                word = word ?? ""
            } else if character == " " && !isQuoted {
                if let word { words.append(word) }
                word = nil
            } else {
                word = (word ?? "") + String(character)
            }
        }
        if let word { words.append(word) }
        return words
    }

    private static func quoted(_ word: String) -> String {
        guard word.isEmpty || word.contains(where: { $0 == " " || $0 == "\"" || $0 == "\\" }) else { return word }
        let escaped = word.flatMap { $0 == "\"" || $0 == "\\" ? ["\\", $0] : [$0] }
        return "\"" + String(escaped) + "\""
    }
}
