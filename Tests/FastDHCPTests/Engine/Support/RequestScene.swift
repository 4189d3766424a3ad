import Addresses
import Testing

@testable import FastDHCP

/// A server with one address in a given situation, and a client that is about to request that address.
struct RequestScene {
    let rig = EngineRig(addressCount: 4)
    let client: TestClient
    private let other: TestClient
    private let target: TargetSituation
    private let record: RecordElsewhere
    /// The address that the client will request, and another one that it may have.
    private let address = pool(of: 2)[0]
    private let elsewhere = pool(of: 2)[1]

    init(target: TargetSituation, record: RecordElsewhere) {
        client = TestClient(1, on: rig)
        other = TestClient(2, on: rig)
        self.target = target
        self.record = record
        // Decided changes come before those in flight, because changes are decided in order.
        settleTarget()
        settleRecord()
        startTarget()
        startRecord()
    }

    func send(_ request: RequestCase) -> EngineRig.Outcome { client.send(request, for: address) }

    /// The owners of all addresses.
    var picture: [SlotOwner] { pool(of: 4).map { rig.slot($0).owner } }

    /// Checks that the client gets an ACK and has the address, and that its other address is available.
    func expectAck(_ outcome: EngineRig.Outcome, after before: [SlotOwner]) {
        if case .answered(let answer) = outcome {
            #expect(target == .bound, "only what the disk promises already is granted at once")
            #expect(answer.messageType == .ack)
            #expect(answer.yiaddr == address)
        } else {
            #expect(outcome == .committing)
            let answers = rig.commit()
            #expect(answers.last?.messageType == .ack)
            #expect(answers.last?.yiaddr == address)
        }
        #expect(rig.slot(address).owner == SlotOwner(client: client.mac, worker: 0, state: .bound))
        #expect(rig.indexedSlot(of: client.mac) == 0)
        if record != .none { #expect(rig.slot(elsewhere).owner.isAvailable, "record: \(record)") }
    }

    private var owner: TestClient { target.isOthers ? other : client }

    private func settleTarget() {
        switch target {
        case .free: break
        case .offered, .otherOffered, .binding, .otherBinding:
            #expect(owner.offer(requesting: address) == address)
        case .expired, .otherExpired:
            owner.lease(requesting: address)
            owner.release(address)
            rig.commit()
        case .declined, .otherDeclined:
            owner.lease(requesting: address)
            owner.decline(address)
            rig.commit()
        default:
            owner.lease(requesting: address)
        }
    }

    private func settleRecord() {
        switch record {
        case .none: break
        case .offered, .binding:
            #expect(client.offer(requesting: elsewhere) == elsewhere)
        case .bound, .releasing:
            client.lease(requesting: elsewhere)
        case .expired:
            client.lease(requesting: elsewhere)
            client.release(elsewhere)
            rig.commit()
        }
    }

    private func startTarget() {
        switch target {
        case .binding, .otherBinding: owner.select(address)
        case .releasing, .otherReleasing: owner.release(address)
        case .expiring, .otherExpiring: rig.wait(seconds: UInt64(EngineRig.leaseSeconds) + 2)
        case .declining, .otherDeclining: owner.decline(address)
        default: break
        }
    }

    private func startRecord() {
        switch record {
        case .binding: client.select(elsewhere)
        case .releasing: client.release(elsewhere)
        default: break
        }
    }
}

extension TargetSituation {
    var isOthers: Bool {
        switch self {
        case .otherOffered, .otherBinding, .otherBound, .otherReleasing, .otherExpiring, .otherExpired, .otherDeclining,
            .otherDeclined:
            true
        default: false
        }
    }
}
