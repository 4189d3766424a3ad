/// The options that a reply is to carry, in order and each once: what the client asked for and the server
/// has, in the client's order but for the mask before the router, then what the client must get anyhow.
///
/// Bounded: what a client asks for beyond the 64th that the server has is not sent.
struct ReplyParameters: Sendable {
    private var codes = InlineArray<72, UInt8>(repeating: 0)
    private var count = 0

    /// How many of the client's wishes are noted, at most. The required ones have room behind them.
    static let wishCapacity = 64

    /// The codes, borrowed.
    @inline(always)
    var span: Span<UInt8> {
        @_lifetime(borrow self) get { codes.span.extracting(first: count) }
    }

    /// Replaces the codes by those for an answer to `request`.
    @inline(always)
    mutating func prepare(answering request: borrowing MessageView, configured: borrowing ConfiguredOptions) {
        count = 0
        var missing = configured.available
        if let list = request.parameterRequestList {
            for index in 0..<list.byteCount where count < Self.wishCapacity {
                let code = OptionCode(rawValue: list[index])
                // Where both are sent, the mask must come first (RFC 2132 section 3.3).
                if code == .router { append(.subnetMask, from: &missing) }
                append(code, from: &missing)
            }
        }
        append(.serverIdentifier, from: &missing)
        append(.ipAddressLeaseTime, from: &missing)
        append(.renewalTimeValue, from: &missing)
        append(.rebindingTimeValue, from: &missing)
        append(.subnetMask, from: &missing)
        append(.router, from: &missing)
        append(.domainNameServer, from: &missing)
    }

    /// Appends `code` if the server has it and the reply does not.
    @inline(always)
    private mutating func append(_ code: OptionCode, from missing: inout OptionCodeSet) {
        guard missing.remove(code) else { return }
        codes[count] = code.rawValue
        count &+= 1
    }
}
