/// One event for the engine. The first byte of a step chooses its kind.
enum Step {
    /// A frame with bytes of the fuzzer's choice.
    case frame([UInt8])
    /// A well-formed message, so that the fuzzer does not have to find checksums and magic cookies by itself.
    case message(MessageRecipe)
    /// The oldest change in flight is committed or fails.
    case decide(isDurable: Bool)
    case pass(milliseconds: UInt64)
    /// A control command releases a client's address.
    case release(client: UInt8)
}

/// Eight bytes that describe a message, made from a few clients and addresses.
struct MessageRecipe {
    var type: UInt8
    var client: UInt8
    var requested: UInt8
    var server: UInt8
    var ciaddr: UInt8
    var source: UInt8
    var traits: UInt8
    var relay: UInt8
}

/// Reads steps until the end of the input. An incomplete step at the end is ignored.
struct StepReader {
    private var rest: ArraySlice<UInt8>

    init(_ input: [UInt8]) { rest = input[...] }

    mutating func next() -> Step? {
        guard let kind = rest.popFirst() else { return nil }
        switch kind & 7 {
        case 0:
            guard let high = rest.popFirst(), let low = rest.popFirst() else { return nil }
            let bytes = rest.prefix(Int(high) << 8 | Int(low))
            rest = rest.dropFirst(bytes.count)
            return .frame(Array(bytes))
        case 1: return .decide(isDurable: false)
        case 2, 3: return .decide(isDurable: true)
        case 4: return rest.popFirst().map { .pass(milliseconds: UInt64($0) * UInt64($0) * 64) }
        case 5: return rest.popFirst().map { .release(client: $0) }
        default:
            let bytes = Array(rest.prefix(8))
            guard bytes.count == 8 else { return nil }
            rest = rest.dropFirst(8)
            return .message(
                MessageRecipe(
                    type: bytes[0], client: bytes[1], requested: bytes[2], server: bytes[3], ciaddr: bytes[4],
                    source: bytes[5], traits: bytes[6], relay: bytes[7]))
        }
    }
}
