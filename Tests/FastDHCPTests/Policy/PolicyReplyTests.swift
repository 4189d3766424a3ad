import Addresses
import Testing

@testable import FastDHCP

@Suite("What replies tell a single client")
struct PolicyReplyTests {
    private static let client = WireFrame.client

    /// A policy with a reservation for the client and files to boot from.
    private static func policy(_ generation: UInt32, domain: String, isReserved: Bool = true, boots: Bool = true) throws
        -> ClientPolicy
    {
        func profile(_ domain: String) throws -> ClientProfile {
            let options = try ConfiguredOptions([
                (.subnetMask, OptionEncoding.uint32(0xFFFF_FF00)), (.domainName, OptionEncoding.domainName(domain)),
            ])
            let answers = try BootClient.allCases.map { client in
                try BootAnswer(
                    nextServer: IPv4Address(10, 0, 0, 9), serverName: Array("tftp".utf8), file: Array("\(client)".utf8),
                    vendorClass: client == .httpX64 ? Array("HTTPClient".utf8) : [])
            }
            return ClientProfile(options: options, boot: boots ? { answers[$0.rawValue] } : nil)
        }
        let reservation = ClientPolicy.Reservation(
            address: IPv4Address(10, 0, 0, 7), profile: try profile("own." + domain))
        return ClientPolicy(
            generation: generation, times: LeaseTimes(leaseSeconds: 3600), everyone: try profile(domain),
            reservations: isReserved ? [client: reservation] : [:])
    }

    private static func reply(to frame: WireFrame, _ policy: ClientPolicy) -> Reply {
        var reply = Reply()
        let bytes = frame.bytes
        switch MessageView.parse(bytes.span, as: .request, udpChecksum: .valid, interface: WireFrame.interface) {
        case .message(let view): reply.prepare(answering: view, policy)
        case .dropped(let reason): preconditionFailure("the request was dropped: \(reason)")
        }
        reply.leaseSeconds = 3600
        return reply
    }

    private static func write(_ reply: Reply, with writer: inout PolicyReplyWriter) -> WrittenReply {
        var reply = reply
        var memory = [UInt8](repeating: 0xEE, count: ReplyWriter.frameByteCapacity)
        var frame = memory.mutableSpan
        let byteCount = writer.write(&reply, into: &frame)
        return WrittenReply(bytes: Array(memory.prefix(byteCount)))
    }

    /// A DISCOVER that asks for the domain and the boot options, with these further options.
    private static func discover(_ options: [(UInt8, [UInt8])] = []) -> WireFrame {
        let all = [(53, [1]), (55, [1, 15, 60, 66, 67])] + options
        return WireFrame(options: all.flatMap { [$0.0, UInt8($0.1.count)] + $0.1 })
    }

    @Test("a client with a reservation gets its own options")
    func own() throws {
        for isReserved in [true, false] {
            let policy = try Self.policy(1, domain: "vm.example", isReserved: isReserved)
            var writer = PolicyReplyWriter(server: WrittenReply.server, policies: PolicyVersions(policy))
            let written = Self.write(Self.reply(to: Self.discover(), policy), with: &writer)
            #expect(written[15] == Array((isReserved ? "own.vm.example" : "vm.example").utf8))
            #expect(written.isSound)
        }
    }

    @Test(
        "each kind of firmware gets its file, in the header and in option 67",
        arguments: [
            (BootClient.bios, [(93, [0, 0])]), (.uefiX64, [(93, [0, 7])]), (.uefiX64, [(93, [0, 9])]),
            (.uefiARM64, [(93, [0, 11])]), (.httpX64, [(93, [0, 16])]), (.httpARM64, [(93, [0, 19])]),
            (.ipxe, [(93, [0, 7]), (77, Array("iPXE".utf8))]), (.ipxe, [(77, [4] + Array("iPXE".utf8))]),
            (.other, []), (.other, [(93, [0, 6])]), (.other, [(93, [7])]), (.other, [(77, Array("iPXF".utf8))]),
        ] as [(BootClient, [(UInt8, [UInt8])])])
    func boot(client: BootClient, options: [(UInt8, [UInt8])]) throws {
        let policy = try Self.policy(1, domain: "vm.example")
        var writer = PolicyReplyWriter(server: WrittenReply.server, policies: PolicyVersions(policy))
        let reply = Self.reply(to: Self.discover(options), policy)
        let written = Self.write(reply, with: &writer)
        let name = Array("\(client)".utf8)
        #expect(written[67] == name && written[66] == Array("tftp".utf8))
        #expect(written[60] == (client == .httpX64 ? Array("HTTPClient".utf8) : nil))
        #expect(written[150..<278] == name + [UInt8](repeating: 0, count: 128 - name.count))
        #expect(policy.nextServer(reply.choice) == IPv4Address(10, 0, 0, 9))
        #expect(written.isSound)
    }

    @Test("a file name that is too long for the header is in option 67 only")
    func longFile() throws {
        let file = [UInt8](repeating: UInt8(ascii: "x"), count: 128)
        let answer = try BootAnswer(nextServer: nil, file: file)
        let profile = ClientProfile(options: try ConfiguredOptions([]), boot: { _ in answer })
        let policy = ClientPolicy(times: LeaseTimes(leaseSeconds: 60), everyone: profile)
        var writer = PolicyReplyWriter(server: WrittenReply.server, policies: PolicyVersions(policy))
        let written = Self.write(Self.reply(to: Self.discover(), policy), with: &writer)
        #expect(written[67] == file && written[150..<278] == [UInt8](repeating: 0, count: 128))
    }

    @Test("a reply that was decided before a change of policy is written with the policy that decided it")
    func change() throws {
        let (first, second, third) = (
            try Self.policy(1, domain: "one"), try Self.policy(2, domain: "two", boots: false),
            try Self.policy(3, domain: "three", isReserved: false)
        )
        let shelf = PolicyVersions(first)
        var writer = PolicyReplyWriter(server: WrittenReply.server, policies: shelf)
        let (early, later) = (Self.reply(to: Self.discover(), first), Self.reply(to: Self.discover(), second))
        #expect(Self.write(early, with: &writer)[15] == Array("own.one".utf8))
        shelf.replace(with: second)
        #expect(Self.write(later, with: &writer)[15] == Array("own.two".utf8))
        #expect(Self.write(early, with: &writer)[15] == Array("own.one".utf8))
        #expect(Self.write(later, with: &writer)[15] == Array("own.two".utf8))
        // A reply of a policy older than the previous one gets the present policy's options for everyone.
        shelf.replace(with: third)
        let written = Self.write(early, with: &writer)
        #expect(written[15] == Array("three".utf8) && written.isSound)
    }

    @Test("T1 is spread by up to a tenth, evenly over the clients, and is always the same for one client")
    func spread() {
        let times = LeaseTimes(leaseSeconds: 86400, spreadsRenewals: true)
        let seconds = (0..<10_000).map { times.renewalSeconds(for: MACAddress(rawValue: 0x5254_0000_0000 + $0)) }
        #expect(seconds == (0..<10_000).map { times.renewalSeconds(for: MACAddress(rawValue: 0x5254_0000_0000 + $0)) })
        #expect(seconds.allSatisfy { (38_880...43_200).contains($0) })
        let tenths = Dictionary(grouping: seconds) { ($0 - 38_880) / 432 }
        #expect((0..<10).allSatisfy { (800...1200).contains(tenths[$0]?.count ?? 0) }, "\(tenths.mapValues(\.count))")
        let plain = LeaseTimes(leaseSeconds: 86400)
        #expect(plain.renewalSeconds(for: mac(1)) == 43_200 && plain.rebindingSeconds == 75_600)
        #expect(LeaseTimes(leaseSeconds: .max, spreadsRenewals: true).renewalSeconds(for: mac(1)) == .max)
    }
}
