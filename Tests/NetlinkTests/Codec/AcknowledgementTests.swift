import Netlink
import Testing

@Suite("The kernel's acknowledgements")
struct AcknowledgementTests {
    @Test("an error that repeats the request")
    func plainError() {
        let verdict = replies(in: Captures.noSuchRoute, as: Acknowledgement.self).first
        #expect(verdict?.errno == 3)
        #expect(verdict?.text == nil)
        #expect(verdict?.sequence == 0x6B03_176D)
    }

    @Test("an error with a text, with and without a copy of the request")
    func extendedError() {
        for capture in [Captures.mtuTooSmall, Captures.mtuTooSmallCapped] {
            let verdict = replies(in: capture, as: Acknowledgement.self).first
            #expect(verdict?.errno == 22)
            #expect(verdict?.text == "mtu less than device minimum")
            #expect(verdict?.byteOffset == nil)
        }
    }

    @Test("an error about one byte of the request carries its offset")
    func offset() {
        let verdict = replies(
            in: bytes("2c000000 0200 0003 01000000 00000000 eaffffff 20000000 1000 0500 01000000 00000000")
                + bytes("0800 0200 18000000"), as: Acknowledgement.self
        ).first
        #expect(verdict?.byteOffset == 24)
    }

    @Test("success, and the end of a dump with and without an error number")
    func success() {
        let success = bytes(
            "24000000 0200 0001 07000000 00000000 00000000 20000000 1000 0500 07000000 00000000")
        #expect(replies(in: success, as: Acknowledgement.self).first?.errno == 0)
        #expect(replies(in: Captures.routes, as: Acknowledgement.self).map(\.errno) == [0])
        let short = bytes("10000000 0300 0000 07000000 00000000")
        #expect(replies(in: short, as: Acknowledgement.self).map(\.errno) == [0])
    }

    @Test("an error number outside the range of errno does not trap")
    func extremeNumber() {
        for number in ["00000080", "ffffff7f", "ffffffff"] {
            let message = bytes("14000000 0200 0000 00000000 00000000" + number)
            #expect(replies(in: message, as: Acknowledgement.self).count == 1)
        }
    }
}
