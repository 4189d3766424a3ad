import Addresses
import Testing

@testable import FastDHCP

@Suite("Rapid commit, RFC 4039")
struct RapidCommitTests {
    @Test("a DISCOVER with option 80 is answered by an ACK with option 80, once it is committed")
    func acknowledged() throws {
        let rig = EngineRig()
        let client = TestClient(1, on: rig)
        #expect(client.discover(rapidCommit: true) == .committing)
        #expect(rig.inFlight.map(\.kind) == [.bind])
        let answer = try #require(rig.commit().first)
        #expect(answer.messageType == .ack)
        #expect(answer.hasRapidCommit)
        #expect(answer.yiaddr == pool(of: 1)[0])
        #expect(answer.leaseSeconds == 1000)
        #expect(rig.state(answer.yiaddr) == .bound)
    }

    @Test("an OFFER without rapid commit, and the ACK to a REQUEST, have no option 80")
    func absent() throws {
        let rig = EngineRig()
        let client = TestClient(1, on: rig)
        #expect(client.discover().answer?.hasRapidCommit == false)
        client.select(pool(of: 1)[0])
        #expect(rig.commit().map(\.hasRapidCommit) == [false])
    }

    @Test("where the operator does not allow it, an OFFER without option 80 comes back")
    func forbidden() {
        let rig = EngineRig { $0.allowsRapidCommit = false }
        let answer = TestClient(1, on: rig).discover(rapidCommit: true).answer
        #expect(answer?.messageType == .offer)
        #expect(answer?.hasRapidCommit == false)
    }

    @Test("with option 108 in the reply an OFFER comes back (RFC 8925 section 3.3)")
    func prefersIPv6() {
        let options = ConfiguredOptions.valid([(.ipv6OnlyPreferred, OptionEncoding.uint32(1800))])
        let rig = EngineRig {
            $0.policy = ClientPolicy(times: LeaseTimes(leaseSeconds: 1000), everyone: ClientProfile(options: options))
        }
        var request = TestClient(1, on: rig).message(.discover)
        request.hasRapidCommit = true
        #expect(rig.send(request, options: [55, 1, 108]).answer?.messageType == .offer)
        #expect(rig.send(request, options: [55, 1, 3]) == .committing)
    }

    @Test("a client whose lease is durable gets the ACK at once")
    func again() {
        let rig = EngineRig()
        let client = TestClient(1, on: rig)
        let address = client.lease()
        let answer = client.discover(rapidCommit: true).answer
        #expect(answer?.messageType == .ack)
        #expect(answer?.hasRapidCommit == true)
        #expect(answer?.yiaddr == address)
    }

    @Test("when the commit fails there is no ACK, and the address is free for the next client")
    func failed() {
        let rig = EngineRig(addressCount: 1)
        TestClient(1, on: rig).discover(rapidCommit: true)
        #expect(rig.commit(isDurable: false).isEmpty)
        #expect(rig.state(pool(of: 1)[0]) == .free)
        #expect(TestClient(2, on: rig).offer() == pool(of: 1)[0])
    }
}
