import Addresses
import FastDHCP
import Testing

@Suite("Walking over options")
struct OptionWalkTests {
    @Test("an option that runs past the end is absent, for every length and every number of bytes left")
    func everyLengthInEveryRoom() {
        for room in 0...260 {
            var bytes = WireFrame(options: [53, 1, 1, 200, 0] + [UInt8](repeating: 9, count: room)).bytes
            for length in 0...255 {
                bytes[286] = UInt8(length)
                let expected = length <= room ? [UInt8](repeating: 9, count: length) : nil
                #expect(read(200, of: bytes) == expected, "\(length) bytes in \(room)")
            }
        }
    }

    @Test("a code without a length byte is absent")
    func loneCode() { #expect(read(options: [53, 1, 1, 200])?.options[200] == nil) }

    @Test("what follows an option that runs past the end is not read")
    func stopAtOverrun() {
        #expect(read(options: [53, 1, 1, 200, 250, 12, 1, 65])?.hostName == nil)
    }

    @Test("END may be missing")
    func missingEnd() { #expect(read(options: [53, 1, 1, 12, 1, 65])?.hostName == [65]) }

    @Test("nothing behind END is read")
    func behindEnd() { #expect(read(options: [53, 1, 1, 255, 12, 1, 65])?.hostName == nil) }

    @Test("runs of PAD are skipped, wherever they are", arguments: [1, 2, 255, 1000])
    func pads(count: Int) throws {
        let pads = [UInt8](repeating: 0, count: count)
        let message = try #require(
            read(options: pads + [53, 1, 1] + pads + [12, 1, 65] + pads + [255] + pads))
        #expect(message.hostName == [65])
        #expect(message.options[0] == nil && message.options[255] == nil)
    }

    // MARK: RFC 3396

    @Test("instances of an option are joined in their order")
    func joined() {
        let options =
            [53, 1, 1] + option(12, [1, 2]) + option(50, [10, 0, 0, 7]) + option(12, [3]) + option(12, [])
        #expect(read(options: options)?.hostName == [1, 2, 3])
    }

    @Test("a fixed-length option may be split too, and is absent when the total length is wrong")
    func splitAddress() {
        #expect(
            read(options: [53, 1, 1, 50, 2, 10, 0, 50, 2, 0, 7])?.requestedIPAddress
                == IPv4Address(10, 0, 0, 7))
        #expect(read(options: [53, 0, 53, 1, 3])?.messageType == .request)
        #expect(read(options: [53, 1, 1, 50, 4, 10, 0, 0, 7, 50, 4, 10, 0, 0, 7])?.requestedIPAddress == nil)
        #expect(read(options: [53, 1, 1, 57, 1, 3, 57, 1, 0xE8])?.maximumMessageSize == 1000)
    }

    @Test("every way to split a value in two gives the same value", arguments: [50, 55, 61, 82, 12, 200])
    func everySplit(code: UInt8) {
        let value: [UInt8] = code == 50 ? [10, 0, 0, 7] : Array(1...40)
        for cut in 0...value.count {
            let parts =
                option(code, Array(value.prefix(cut))) + option(12, [66])
                + option(code, Array(value.dropFirst(cut)))
            let expected = code == 12 ? Array(value.prefix(cut)) + [66] + value.dropFirst(cut) : value
            #expect(read(options: [53, 1, 1] + parts)?.options[code] == expected)
        }
    }

    @Test(
        "an option of more than 255 bytes in all is absent", arguments: [254, 255, 256, 510, 600])
    func bound(count: Int) throws {
        for code in [12, 55, 60, 200] as [UInt8] {
            let message = try #require(read(options: [53, 1, 1] + split(code, count)))
            #expect(message.options[code]?.count == (count <= 255 ? count : nil))
        }
    }

    @Test(
        "a message is dropped if an option that must be copied back has more than 255 bytes", arguments: [61, 82])
    func boundOfEchoes(code: UInt8) {
        #expect(read(options: [53, 1, 1] + split(code, 255))?.options[code]?.count == 255)
        #expect(read(WireFrame(options: [53, 1, 1] + split(code, 256))).reason == .optionTooLong)
        #expect(read(WireFrame(options: [53, 1, 1] + split(code, 1200))).reason == .optionTooLong)
    }

    @Test("joined lengths cannot overflow, however many instances a datagram holds")
    func manyInstances() {
        let instances = Array(
            repeatElement(option(61, [UInt8](repeating: 1, count: 255)), count: 250).joined())
        #expect(read(WireFrame(options: [53, 1, 1] + instances)).reason == .optionTooLong)
        let empty = Array(repeatElement(option(200, []), count: 30_000).joined())
        #expect(read(200, of: WireFrame(options: [53, 1, 1] + empty).bytes) == [])
    }

    private func split(_ code: UInt8, _ count: Int) -> [UInt8] {
        stride(from: 0, to: count, by: 200).flatMap { start in
            option(code, (start..<min(start + 200, count)).map { UInt8(truncatingIfNeeded: $0) })
        }
    }

    // MARK: Option overload, RFC 2132 section 9.3

    @Test("overload 1 adds file, 2 adds sname, 3 adds both in this order", arguments: 0...255)
    func overload(value: UInt8) throws {
        var frame = WireFrame(options: [53, 1, 1, 52, 1, value, 200, 1, 1, 255])
        frame.file = [200, 1, 2, 255]
        frame.sname = [200, 1, 3, 255]
        let expected: [UInt8] =
            switch value {
            case 1: [1, 2]
            case 2: [1, 3]
            case 3: [1, 2, 3]
            default: [1]
            }
        #expect(try #require(read(frame).message).options[200] == expected)
    }

    @Test("the message type may be in an overloaded field")
    func messageTypeInFile() {
        var frame = WireFrame(options: [52, 1, 1, 255])
        frame.file = [53, 1, 8]
        #expect(read(frame).message?.messageType == .inform)
    }

    @Test("an overload inside an overloaded field is ignored")
    func nestedOverload() {
        var frame = WireFrame(options: [53, 1, 1, 52, 1, 1, 255])
        frame.file = [52, 1, 2, 200, 1, 2, 52, 1, 1, 255]
        frame.sname = [200, 1, 3, 255]
        #expect(read(frame).message?.options[200] == [2])
    }

    @Test("a repeated overload is ignored: the first valid one counts")
    func repeatedOverload() {
        var frame = WireFrame(options: [53, 1, 1, 52, 1, 9, 52, 1, 2, 52, 1, 3, 255])
        frame.file = [200, 1, 2, 255]
        frame.sname = [200, 1, 3, 255]
        #expect(read(frame).message?.options[200] == [3])
    }

    @Test("an overload of another length than 1 is ignored", arguments: [0, 2, 4])
    func longOverload(count: Int) {
        var frame = WireFrame(options: [53, 1, 1] + option(52, [UInt8](repeating: 1, count: count)) + [255])
        frame.file = [200, 1, 2, 255]
        #expect(read(frame).message?.options[200] == nil)
    }

    @Test(
        "an option cannot run out of sname or file into the next field",
        arguments: [UInt8(61), 62, 63, 64, 125, 126, 127, 255])
    func fieldBounds(length: UInt8) {
        var frame = WireFrame(options: [53, 1, 1, 52, 1, 3, 255])
        frame.sname = [200, length] + [UInt8](repeating: 3, count: 62)
        frame.file = [201, length] + [UInt8](repeating: 2, count: 126)
        let message = read(frame).message
        #expect(message?.options[200]?.count == (length <= 62 ? Int(length) : nil))
        #expect(message?.options[201]?.count == (length <= 126 ? Int(length) : nil))
    }

    @Test("a value is joined across all three fields")
    func joinedAcrossFields() {
        var frame = WireFrame(options: option(61, [1, 2]) + [52, 1, 3] + option(61, [3]) + [53, 1, 3])
        frame.file = option(61, Array(4...9)) + [255]
        frame.sname = option(61, [10]) + option(61, [11, 12])
        #expect(read(frame).message?.clientIdentifier == Array(1...12))
    }
}
