import Addresses
import Testing

@testable import FastDHCP

@Suite("The holder word")
struct HolderTests {
    private static let clients = [MACAddress.zero, MACAddress(2, 0, 0, 0, 0, 1), .broadcast]

    @Test(
        "client, worker, state and the pending flag come back as they were put in",
        arguments: clients, [UInt8(0), 1, 127, 255])
    func packing(client: MACAddress, worker: UInt8) {
        for state in LeaseState.allCases {
            for isPending in [false, true] {
                let holder = Holder(client: client, worker: worker, state: state, isPending: isPending)
                #expect(holder.client == client)
                #expect(holder.worker == worker)
                #expect(holder.state == state)
                #expect(holder.isPending == isPending)
                #expect(!holder.isBusy)
            }
        }
    }

    @Test("zero is a free address without a client")
    func zero() {
        let holder = Holder(rawValue: 0)
        #expect(holder == Holder(client: .zero, worker: 0, state: .free))
        #expect(holder.isAvailable)
    }

    @Test("the busy flag changes nothing else, and keeps the address from being available")
    func busy() {
        let holder = Holder(client: Self.clients[1], worker: 3, state: .expired)
        #expect(holder.busy.isBusy)
        #expect(holder.busy != holder)
        #expect(holder.busy.client == holder.client)
        #expect(holder.busy.worker == holder.worker)
        #expect(holder.busy.state == holder.state)
        #expect(!holder.busy.isPending)
        #expect(!holder.busy.isAvailable)
    }

    @Test("settling clears the pending flag alone")
    func settled() {
        for state in LeaseState.allCases {
            let pending = Holder(client: Self.clients[2], worker: 255, state: state, isPending: true)
            #expect(pending.settled == Holder(client: Self.clients[2], worker: 255, state: state))
            #expect(pending.settled.settled == pending.settled)
        }
    }

    @Test("only a free or expired address without a change in flight is available")
    func availability() {
        for state in LeaseState.allCases {
            let holder = Holder(client: Self.clients[1], worker: 0, state: state)
            let pending = Holder(client: Self.clients[1], worker: 0, state: state, isPending: true)
            #expect(holder.isAvailable == (state == .free || state == .expired))
            #expect(!pending.isAvailable)
        }
    }
}
