/// The fields `sname` and `file` of a reply whose options do not fit in the options field (option overload, RFC 2131
/// section 4.1).
struct OverloadedFields {
    /// Both fields as they are in the frame: 64 bytes of sname, then 128 bytes of file.
    private var bytes = InlineArray<192, UInt8>(repeating: 0)
    private var sname: Field
    private var file: Field

    /// A set of fields. When it has both, clients read `file` first. The numbers are those of option 52 (RFC 2132
    /// section 9.3).
    struct Names: OptionSet {
        let rawValue: UInt8
        static var file: Names { Names(rawValue: 1) }
        static var sname: Names { Names(rawValue: 2) }
        static var both: Names { Names(rawValue: 3) }

        /// Removes and returns the field that clients read first. Nil when the set is empty.
        mutating func takeFirst() -> Names? {
            let first: Names = contains(.file) ? .file : .sname
            return remove(first)
        }
    }

    /// A field: where the next option goes, and where END must be at the latest. A field that holds no options has no
    /// room.
    private struct Field {
        let start: Int
        var position: Int
        let limit: Int

        init(_ bytes: Range<Int>, isLent: Bool) {
            start = bytes.lowerBound
            position = start
            limit = isLent ? bytes.upperBound - 1 : start
        }
    }

    static let wordCount = 24

    /// - Parameters:
    ///   - isLent: whether the client looks for options in these fields.
    ///   - bootFile: the name of a boot file in words of eight bytes. A name keeps `file` free of options.
    init(isLent: Bool, bootFile: [UInt64]) {
        sname = Field(0..<64, isLent: isLent)
        file = Field(64..<192, isLent: isLent && bootFile.isEmpty)
        for index in bootFile.indices {
            for step in 0..<8 {
                bytes[64 + index * 8 + step] = UInt8(truncatingIfNeeded: bootFile[index] >> UInt64(56 - 8 * step))
            }
        }
    }

    /// Whether the fields may hold options.
    var isLent: Bool { sname.limit > sname.start }

    /// The value of option 52. 0 when the fields hold no options.
    var overload: UInt8 { (file.position > file.start ? 1 : 0) | (sname.position > sname.start ? 2 : 0) }

    /// - Parameter name: `file` or `sname`, not both.
    func room(in name: Names) -> Int {
        name == .file ? file.limit - file.position : sname.limit - sname.position
    }

    /// The field with the least room that still holds `byteCount` bytes.
    func narrowest(for byteCount: Int) -> Names? {
        let (fileRoom, snameRoom) = (room(in: .file), room(in: .sname))
        if byteCount <= snameRoom && (snameRoom <= fileRoom || byteCount > fileRoom) { return .sname }
        return byteCount <= fileRoom ? .file : nil
    }

    /// - Parameter name: `file` or `sname`, not both.
    mutating func append(_ byte: UInt8, to name: Names) {
        if name == .file {
            Self.append(byte, to: &file, in: &bytes)
        } else {
            Self.append(byte, to: &sname, in: &bytes)
        }
    }

    private static func append(_ byte: UInt8, to field: inout Field, in bytes: inout InlineArray<192, UInt8>) {
        precondition(field.position < field.limit, "the caller checks for room")
        bytes[field.position] = byte
        field.position += 1
    }

    /// Writes END in each field that holds options.
    mutating func end() {
        if file.position > file.start { bytes[file.position] = OptionCode.end.rawValue }
        if sname.position > sname.start { bytes[sname.position] = OptionCode.end.rawValue }
    }

    /// Eight bytes of the fields, the first byte most significant.
    func word(_ index: Int) -> UInt64 {
        var word: UInt64 = 0
        for step in 0..<8 { word = word << 8 | UInt64(bytes[index * 8 + step]) }
        return word
    }
}
