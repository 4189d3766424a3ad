import Addresses
import FastDHCP
import FoundationEssentials
import Testing

@testable import Storm

@Suite("Results")
struct StormResultTests {
    /// The result of a storm of three clients. A client gets the address that `address` returns for it, or no answer.
    private func result(
        _ ending: StormEnding = .completed, receiveLosses: UInt64 = 0, transmitLosses: UInt64 = 0,
        address: (Int) -> IPv4Address?
    ) -> StormResult {
        let dialogue = Dialogue {
            $0.clientCount = 3
            $0.timeout = .seconds(2)
        }
        dialogue.pass(milliseconds: 5)
        for (index, discover) in dialogue.sent().enumerated() {
            if let address = address(index) { dialogue.answer(discover, .offer, address) }
        }
        for request in dialogue.sent() {
            guard let address = request.requestedIPAddress else { continue }
            dialogue.answer(request, .ack, address)
        }
        dialogue.pass(milliseconds: 2000)
        let rings = RingLosses(receiveCount: receiveLosses, transmitCount: transmitLosses)
        return dialogue.result(ending, rings)
    }

    private func own(_ index: Int) -> IPv4Address { IPv4Address(10, 0, 0, UInt8(index + 1)) }

    @Test("a good storm has no problems")
    func good() {
        let result = result { own($0) }
        #expect(result.problems.isEmpty)
        #expect(result.elapsed == .milliseconds(5))
        #expect(result.roundsPerSecond == 600)
    }

    @Test("the table says what was measured, in at most 80 columns")
    func table() {
        let lines = result { own($0) }.table(also: [("host routes", "3")]).split(separator: "\n")
        #expect(lines.first == "3 clients on vms, dora, all at once")
        #expect(lines.contains { $0.contains("leases") && $0.contains("3 of 3") && $0.contains("5 ms") })
        #expect(lines.contains { $0.contains("resends") && $0.hasSuffix("0") })
        #expect(lines.contains { $0.contains("host routes") && $0.hasSuffix("3") })
        #expect(lines.contains { $0.contains("p50") && $0.contains("p99") })
        #expect(lines.contains { $0.contains("to the lease") && $0.contains("5 ms") })
        #expect(lines.allSatisfy { $0.count <= 80 })
        #expect(!lines.contains { $0.contains("lost") || $0.contains("NAK") })
    }

    @Test("if nobody answers, the problem is that there is no server")
    func nobody() {
        let problems = result { _ in nil }.problems
        #expect(
            problems == [
                "nobody answered within 2 s: is there a DHCP server behind vms? Start one there; to reach a "
                    + "server on a bridge of this host, use --bridge"
            ])
    }

    @Test("for clients without a lease, the problem names the pool and the server's speed")
    func someLost() {
        let result = result { $0 == 0 ? own(0) : nil }
        #expect(
            result.problems == [
                "2 of 3 clients got no lease within 2 s: enlarge the server's pool if it is full; if the server is "
                    + "slow, give the clients a longer --timeout"
            ])
        #expect(result.table().contains("lost clients"))
    }

    @Test("an address that was given twice is named")
    func duplicate() throws {
        let result = result { _ in own(7) }
        let problem = try #require(result.problems.first)
        #expect(problem.hasPrefix("addresses were given twice, 2 times: 10.0.0.8 was given to 02:"))
        #expect(result.table().contains("given twice"))
    }

    @Test("for frames that cannot be sent, the problem names the interface")
    func interfaceDown() {
        let problems = result(transmitLosses: 1200) { _ in nil }.problems
        #expect(problems == ["1,200 frames could not leave: set interface vms up"])
    }

    @Test("a storm that was ended early says so")
    func endings() {
        #expect(result(.interrupted) { own($0) }.problems == ["the storm was interrupted"])
        #expect(result(.failed("interface vms was deleted")) { own($0) }.problems == ["interface vms was deleted"])
    }

    @Test("the JSON form has the counts, and times in microseconds")
    func json() throws {
        struct Document: Decodable {
            struct Latency: Decodable {
                let count: Int
                let p50Microseconds: Double
            }
            let clients, completed, lost, framesLostInReceiveRing: Int
            let shape: String
            let lease: Latency
            let problems: [String]
        }
        let data = try result(receiveLosses: 9) { own($0) }.json()
        let document = try JSONDecoder().decode(Document.self, from: data)
        #expect((document.clients, document.completed, document.lost) == (3, 3, 0))
        #expect(document.framesLostInReceiveRing == 9)
        #expect(document.shape == "avalanche")
        #expect(document.lease.count == 3)
        #expect((4990...5010).contains(document.lease.p50Microseconds))
        #expect(document.problems.isEmpty)
    }

    @Test("the picture is well-formed SVG, and its curve ends at the longest time and at the top")
    func picture() throws {
        let picture = result { own($0) }.picture()
        let parser = XMLNesting(picture)
        #expect(parser.isSound)
        let curve = try #require(picture.split(separator: "\n").first { $0.hasPrefix("<polyline") })
        #expect(curve.contains(" 590.0,70.0\""))
        #expect(XMLNesting(result { _ in nil }.picture()).isSound, "without one lease there is a picture as well")
    }

    @Test("the picture has titles and round numbers at its axes, and marks the median, p99 and the last VM")
    func pictureLabels() {
        let picture = result { own($0) }.picture()
        for title in ["time from a VM's start to its ACK", "share of the leases granted"] {
            #expect(picture.contains(">\(title)</text>"))
        }
        for tick in ["0", "1 ms", "4 ms", "0 %", "100 %"] { #expect(picture.contains(">\(tick)</text>"), "\(tick)") }
        for mark in ["p50 5 ms", "p99 5 ms", "last VM 5 ms"] { #expect(picture.contains(">\(mark)</text>"), "\(mark)") }
        #expect(picture.contains("3 VMs, dora, avalanche</text>"))
        #expect(result { $0 == 0 ? own(0) : nil }.picture().contains("avalanche, 2 without a lease</text>"))
    }
}

/// Whether the tags of a document are closed in the right order.
private struct XMLNesting {
    private(set) var isSound = true

    init(_ document: String) {
        var open: [Substring] = []
        for piece in document.split(separator: "<") {
            guard let end = piece.firstIndex(of: ">") else {
                isSound = false
                return
            }
            let tag = piece[..<end]
            if tag.hasSuffix("/") { continue }
            let name = tag.prefix { $0 != " " }
            if name.hasPrefix("/") {
                if open.popLast() != name.dropFirst() { isSound = false }
            } else {
                open.append(name)
            }
        }
        if !open.isEmpty { isSound = false }
    }
}
