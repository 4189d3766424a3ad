import Addresses
import Testing

@testable import FastDHCP

@Suite("REQUEST, RFC 2131 section 4.3.2: every case meets every state of the address")
struct RequestTableTests {
    @Test("an address of the pool", arguments: RequestCase.allCases, TargetSituation.allCases)
    func pool(request: RequestCase, target: TargetSituation) {
        for record in RecordElsewhere.allCases where target.isPossible(with: record) {
            guard !target.isInFlight, !record.isInFlight else { continue }
            let scene = RequestScene(target: target, record: record)
            let before = scene.picture
            let outcome = scene.send(request)
            switch verdict(request, target, record) {
            case .ack: scene.expectAck(outcome, after: before)
            case .nak:
                #expect(outcome.messageType == .nak, "record: \(record)")
                #expect(scene.picture == before, "record: \(record)")
            case .silence:
                #expect(outcome.isSilent, "record: \(record)")
                let isWithdrawn = request == .selectingOther && (target == .offered || record == .offered)
                #expect((scene.picture == before) == !isWithdrawn, "record: \(record)")
            }
        }
    }

    /// The expected answer, cell by cell.
    private func verdict(
        _ request: RequestCase, _ target: TargetSituation, _ record: RecordElsewhere
    ) -> Verdict {
        if request == .selectingOther { return .silence }
        if target.isClients { return .ack }
        if request != .selecting && record.isHeld { return .nak }
        switch target.availability {
        case .held: return .nak
        case .available: return request == .initReboot ? .silence : .ack
        case .leaving: return .silence
        }
    }

    private enum Verdict { case ack, nak, silence }

    @Test(
        "a client with a change in flight is answered when that is decided, as if it had asked then",
        arguments: RequestCase.allCases, TargetSituation.allCases)
    func inFlight(request: RequestCase, target: TargetSituation) {
        for record in RecordElsewhere.allCases where target.isPossible(with: record) {
            guard target.isInFlight || record.isInFlight else { continue }
            let scene = RequestScene(target: target, record: record)
            #expect(scene.send(request) == .deferred(replacing: nil), "record: \(record)")
            scene.rig.commit()
            let later = RequestScene(target: target.settled, record: record.settled)
            let outcome = later.send(request)
            later.rig.commit()
            #expect(scene.rig.takeResolved().map(\.outcome) == [outcome], "record: \(record)")
            #expect(scene.picture == later.picture, "record: \(record)")
        }
    }

    @Test("an address that is not in the pool", arguments: RequestCase.allCases, OutsideAddress.allCases)
    func outside(request: RequestCase, address: OutsideAddress) {
        for hasLease in [false, true] {
            let rig = EngineRig()
            let client = TestClient(1, on: rig)
            if hasLease { client.lease() }
            let outcome = client.send(request, for: address.address)
            let isSilent = request == .selectingOther || request == .initReboot && address == .unused && !hasLease
            if isSilent {
                #expect(outcome.isSilent)
            } else {
                #expect(outcome.messageType == .nak)
            }
            #expect(rig.inFlight.isEmpty)
        }
    }

    @Test("a REQUEST that names no address gets no reply")
    func nothing() {
        let rig = EngineRig()
        let client = TestClient(1, on: rig)
        client.lease()
        #expect(client.select(nil) == .silent(.missingAddress))
        #expect(rig.send(client.message(.request)) == .silent(.missingAddress))
    }

    @Test("a server identifier of 0.0.0.0 counts as none: the other fields tell the client's state")
    func zeroServer() {
        let rig = EngineRig()
        let client = TestClient(1, on: rig)
        let address = client.lease()
        #expect(client.select(address, server: .unspecified).messageType == .ack)
        var renewal = client.unicast(.request, from: address)
        renewal.serverIdentifier = .unspecified
        #expect(rig.send(renewal).messageType == .ack)
    }
}

/// The four states of RFC 2131 section 4.3.2. SELECTING is split by the server that the client selects.
enum RequestCase: CaseIterable {
    case selecting, selectingOther, initReboot, renewing, rebinding
}

/// The state of the requested address. In the cases `other…` it belongs to another client.
enum TargetSituation: CaseIterable {
    case free, offered, binding, bound, releasing, expiring, expired, declining, declined
    case otherOffered, otherBinding, otherBound, otherReleasing, otherExpiring, otherExpired
    case otherDeclining, otherDeclined

    enum Availability { case available, leaving, held }

    /// Whether it is the address by which the server knows the client.
    var isClients: Bool {
        switch self {
        case .offered, .binding, .bound, .releasing, .expiring, .expired: true
        default: false
        }
    }

    /// Whether the client has a change of this address in flight.
    var isInFlight: Bool { !isOthers && settled != self }

    /// What the situation is when all changes in flight are durable.
    var settled: TargetSituation {
        switch self {
        case .binding: .bound
        case .releasing, .expiring: .expired
        case .declining: .declined
        case .otherBinding: .otherBound
        case .otherReleasing, .otherExpiring: .otherExpired
        case .otherDeclining: .otherDeclined
        default: self
        }
    }

    /// Whether another client could have it.
    var availability: Availability {
        switch self {
        case .free, .expired, .otherExpired: .available
        case .releasing, .expiring, .otherReleasing, .otherExpiring: .leaving
        default: .held
        }
    }

    /// A client is known by one address at a time, and no offer lasts until another client's lease expires.
    func isPossible(with record: RecordElsewhere) -> Bool {
        record == .none || !(isClients || self == .declining || self == .otherExpiring)
    }
}

/// The address by which the server knows the client, when it is not the requested one.
enum RecordElsewhere: CaseIterable {
    case none, offered, binding, bound, releasing, expired

    /// Whether the client holds it, so that it cannot get another one.
    var isHeld: Bool { self == .offered || self == .binding || self == .bound }

    var isInFlight: Bool { settled != self }

    /// What it is when the change in flight is durable.
    var settled: RecordElsewhere {
        switch self {
        case .binding: .bound
        case .releasing: .expired
        default: self
        }
    }
}

enum OutsideAddress: CaseIterable {
    /// In the network, but not in the pool.
    case unused
    case server, network, broadcast, foreign, limitedBroadcast

    var address: IPv4Address {
        switch self {
        case .unused: IPv4Address(10, 0, 0, 200)
        case .server: EngineRig.server
        case .network: IPv4Address(10, 0, 0, 0)
        case .broadcast: IPv4Address(10, 0, 0, 255)
        case .foreign: IPv4Address(192, 168, 0, 2)
        case .limitedBroadcast: .broadcast
        }
    }
}

extension TestClient {
    /// A REQUEST for an address, in the state that the case names.
    func send(_ request: RequestCase, for address: IPv4Address) -> EngineRig.Outcome {
        switch request {
        case .selecting: select(address)
        case .selectingOther: select(address, server: IPv4Address(10, 0, 0, 99))
        case .initReboot: reboot(address)
        case .renewing: renew(address)
        case .rebinding: rebind(address)
        }
    }
}

extension EngineRig.Outcome {
    var isSilent: Bool {
        if case .silent = self { true } else { false }
    }
}
