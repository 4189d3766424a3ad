import TestSupport

/// What strace wrote, as calls that begin and end, in the order in which they did.
struct SystemCallTrace {
    enum Event {
        case began(Call)
        case ended(Call)
    }

    struct Call {
        let thread: Substring
        /// `name(arguments) = result`; at the beginning without the result.
        let text: String

        func isOf(_ name: String) -> Bool { text.hasPrefix(name + "(") }

        /// What the call returned.
        var result: Int {
            guard let position = text.ranges(of: ") = ").last else { return -1 }
            return Int(text[position.upperBound...].prefix { $0 == "-" || $0.isNumber }) ?? -1
        }
    }

    private(set) var events: [Event] = []

    init(_ text: String) {
        var unfinished: [Substring: String] = [:]
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: true)
            guard words.count == 3 else { continue }
            let (thread, said) = (words[0], words[2].drop { $0 == " " })
            if said.hasPrefix("<... "), let head = unfinished.removeValue(forKey: thread),
                let tail = said.firstRange(of: " resumed>")
            {
                events.append(.ended(Call(thread: thread, text: head + said[tail.upperBound...])))
            } else if said.hasSuffix(" <unfinished ...>") {
                let head = String(said.dropLast(" <unfinished ...>".count))
                unfinished[thread] = head
                events.append(.began(Call(thread: thread, text: head)))
            } else if said.contains("(") {
                let call = Call(thread: thread, text: String(said))
                events += [.began(call), .ended(call)]
            }
        }
    }

    /// A command in front of a program that traces it into `file`, from its first call on, and leaves it our child.
    static func command(into file: String) -> [String] {
        // Strings are shown whole, and in hexadecimal if they hold bytes that are not text.
        ["strace", "-D", "-f", "-tt", "-x", "-s", "65536", "-o", file, "-e", "trace=pwritev2,sendto,recvfrom"]
    }
}
