import Addresses
import Testing

@testable import FastDHCP

@Suite("The owner word")
struct SlotOwnerTests {
    private static let clients = [MACAddress.zero, MACAddress(2, 0, 0, 0, 0, 1), .broadcast]

    @Test(
        "client, worker, state and the pending flag read back as they were written",
        arguments: clients, [UInt8(0), 1, 127, 255])
    func packing(client: MACAddress, worker: UInt8) {
        for state in LeaseState.allCases {
            for isPending in [false, true] {
                let owner = SlotOwner(client: client, worker: worker, state: state, isPending: isPending)
                #expect(owner.client == client)
                #expect(owner.worker == worker)
                #expect(owner.state == state)
                #expect(owner.isPending == isPending)
                #expect(!owner.isBusy)
            }
        }
    }

    @Test("zero is a free address without a client")
    func zero() {
        let owner = SlotOwner(rawValue: 0)
        #expect(owner == SlotOwner(client: .zero, worker: 0, state: .free))
        #expect(owner.isAvailable)
    }

    @Test("the busy flag changes nothing else, and keeps the address from being available")
    func busy() {
        let owner = SlotOwner(client: Self.clients[1], worker: 3, state: .expired)
        #expect(owner.busy.isBusy)
        #expect(owner.busy != owner)
        #expect(owner.busy.client == owner.client)
        #expect(owner.busy.worker == owner.worker)
        #expect(owner.busy.state == owner.state)
        #expect(!owner.busy.isPending)
        #expect(!owner.busy.isAvailable)
    }

    @Test("settling clears the pending flag alone")
    func settled() {
        for state in LeaseState.allCases {
            let pending = SlotOwner(client: Self.clients[2], worker: 255, state: state, isPending: true)
            #expect(pending.settled == SlotOwner(client: Self.clients[2], worker: 255, state: state))
            #expect(pending.settled.settled == pending.settled)
        }
    }

    @Test("only a free or expired address without a change in flight is available")
    func availability() {
        for state in LeaseState.allCases {
            let owner = SlotOwner(client: Self.clients[1], worker: 0, state: state)
            let pending = SlotOwner(client: Self.clients[1], worker: 0, state: state, isPending: true)
            #expect(owner.isAvailable == (state == .free || state == .expired))
            #expect(!pending.isAvailable)
        }
    }
}
