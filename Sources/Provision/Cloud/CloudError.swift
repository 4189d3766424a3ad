/// A call to a cloud that failed: which one, what was answered, and what to do.
package struct CloudError: Error, Equatable, CustomStringConvertible {
    /// The call by its name in the vendor's documents, such as "vpc CreateSubnet".
    package var call: String
    /// The vendor's name for the error, such as "InsufficientIpInSubnet"; nil where there was no answer.
    package var code: String?
    /// What the vendor said.
    package var message: String
    /// The ID of the request; the vendor's support asks for it.
    package var requestID: String?
    package var status: Int?
    package var remedy: String
    /// Whether the same call may succeed a moment later.
    package var isPassing = false
    /// Whether there was no answer in time.
    package var isLate = false

    package init(
        _ call: String, code: String? = nil, _ message: String, requestID: String? = nil, status: Int? = nil,
        remedy: String, isPassing: Bool = false, isLate: Bool = false
    ) {
        self.call = call
        self.code = code
        self.message = message
        self.requestID = requestID
        self.status = status
        self.remedy = remedy
        self.isPassing = isPassing
        self.isLate = isLate
    }

    package var description: String {
        let name = code.map { $0 + ": " } ?? ""
        let request = requestID.map { " (request \($0))" } ?? ""
        // A vendor's message may have any length and line breaks.
        let words = message.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        let excerpt = words.count > 300 ? words.prefix(299) + "…" : words[...]
        return "\(call) failed: \(name)\(excerpt)\(request); \(remedy)"
    }
}

/// Several calls that were made in parallel, some of which failed.
package struct CloudErrors: Error, CustomStringConvertible {
    package var errors: [any Error]
    /// What failed, such as "2 of 7 ENIs could not be made".
    package var summary: String

    package var description: String {
        summary + ":" + errors.map { "\n  \($0)" }.joined()
    }
}
