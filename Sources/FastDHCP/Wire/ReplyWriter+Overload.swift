// Writes replies that have more options than fit in the options field. This path is slow, and most servers never need
// it.
extension ReplyWriter {
    /// Starts again after the message type: writes the options into the options field, `sname` and `file`, and then the
    /// whole frame.
    ///
    /// The client's order decides which options get room first. An option is written in one piece where possible.
    /// Otherwise it is split into several instances (RFC 3396), in the order in which clients read the fields: options,
    /// `file`, `sname`.
    /// - Parameter start: the position behind the message type.
    /// - Returns: The size of the frame in bytes.
    @inline(never)
    static func writeOverloaded(
        _ reply: inout Reply, server: ServerIdentity, options: borrowing ConfiguredOptions, boot: BootAnswer?,
        from start: FrameWriter.Checkpoint, _ writer: inout FrameWriter
    ) -> Int {
        writer.rewind(to: start)
        var fields = OverloadedFields(isLent: reply.mayOverload, bootFile: boot?.fileWords ?? [])
        let overloadByteCount = fields.isLent ? 3 : 0
        writer.reservedByteCount = requiredByteCount(of: reply, options: options) + overloadByteCount
        let hasRoutesTwice = options.repeatsRoutes && reply.parameters.contains(.classlessStaticRoute)
        for index in 0..<reply.parameters.count {
            let code = reply.parameters[index]
            if hasRoutesTwice && code == .microsoftClasslessStaticRoute { continue }
            if appendOwn(code, of: reply, server: server, to: &writer) { continue }
            let hasPlace =
                if let boot, boot.options.contains(code) {
                    place(code, from: boot.options, &fields, &writer)
                } else {
                    place(code, from: options, &fields, &writer)
                }
            if !hasPlace && reply.omittedOption == nil { reply.omittedOption = code }
        }
        if reply.hasRapidCommit { writer.append(.rapidCommit) }
        writer.reservedByteCount -= overloadByteCount
        if fields.overload != 0 { writer.append(.optionOverload, fields.overload) }
        appendEchoes(of: &reply, to: &writer)
        fields.end()
        return writer.finish(header(of: reply, server: server), &fields)
    }

    /// Writes an option where it fits. Returns false when it fits nowhere.
    private static func place(
        _ code: OptionCode, from options: borrowing ConfiguredOptions, _ fields: inout OverloadedFields,
        _ writer: inout FrameWriter
    ) -> Bool {
        let byteCount = options.encodedByteCount(of: code)
        if code.isRequired { writer.reservedByteCount -= byteCount }
        if code.isRequired || writer.hasRoom(for: byteCount) {
            writer.append(words: options.encodedWords(of: code), byteCount: byteCount)
            return true
        }
        if let field = fields.narrowest(for: byteCount) {
            for index in 0..<byteCount { fields.append(options.encodedByte(of: code, at: index), to: field) }
            return true
        }
        return fields.isLent && byteCount > 2
            && (split(code, from: options, over: .sname, &fields, &writer)
                || split(code, from: options, over: .file, &fields, &writer)
                || split(code, from: options, over: .both, &fields, &writer))
    }

    /// Splits an option into several instances. The first goes into the options field if a part of the value fits
    /// there. Returns false, and writes nothing, when there is no room for the whole option.
    private static func split(
        _ code: OptionCode, from options: borrowing ConfiguredOptions, over names: OverloadedFields.Names,
        _ fields: inout OverloadedFields, _ writer: inout FrameWriter
    ) -> Bool {
        let start = writer.checkpoint
        var trial = fields
        var rest = names
        // Nil for the options field.
        var field: OverloadedFields.Names?
        var end = 0
        while end < options.encodedByteCount(of: code) {
            // Each encoded instance has a code, a length and a value.
            var position = end + 2
            end = position + Int(options.encodedByte(of: code, at: end + 1))
            while position < end {
                let room = (field.map { trial.room(in: $0) } ?? writer.room) - 2
                let chunkEnd = endOfChunk(of: code, in: options, position..<end, room: room)
                if chunkEnd > position {
                    append(code.rawValue, to: field, &trial, &writer)
                    append(UInt8(chunkEnd - position), to: field, &trial, &writer)
                    for index in position..<chunkEnd {
                        append(options.encodedByte(of: code, at: index), to: field, &trial, &writer)
                    }
                    position = chunkEnd
                }
                guard position < end else { break }
                guard let next = rest.takeFirst() else {
                    writer.rewind(to: start)
                    return false
                }
                field = next
            }
        }
        fields = trial
        return true
    }

    /// The end of the longest run of whole parts that starts at the front of `value` and fits in `room` bytes.
    private static func endOfChunk(
        of code: OptionCode, in options: borrowing ConfiguredOptions, _ value: Range<Int>, room: Int
    ) -> Int {
        var end = value.lowerBound
        while end < value.upperBound {
            let part = options.partByteCount(of: code, from: end, to: value.upperBound)
            guard end + part - value.lowerBound <= room else { break }
            end += part
        }
        return end
    }

    private static func append(
        _ byte: UInt8, to field: OverloadedFields.Names?, _ fields: inout OverloadedFields, _ writer: inout FrameWriter
    ) {
        if let field { fields.append(byte, to: field) } else { writer.append(byte: byte) }
    }
}
