import Addresses
import Testing

@testable import Storm

@Suite("MAC addresses and transaction IDs")
struct ClientIdentitiesTests {
    private let identities = ClientIdentities(seed: 42)

    @Test("MAC addresses are distinct, locally administered and unicast")
    func macAddresses() {
        let addresses = (0..<100_000).map { identities.chaddr(of: $0) }
        #expect(Set(addresses).count == addresses.count)
        #expect(addresses.allSatisfy { $0[byte: 0] == 2 })
    }

    @Test("the last three bytes alone are distinct too, as the reflector's addresses need")
    func lowBytes() {
        #expect(Set((0..<100_000).map { Reflector.address(for: identities.chaddr(of: $0)) }).count == 100_000)
    }

    @Test("a transaction ID identifies its client and its exchange")
    func transactionIDs() {
        for index in [0, 1, 59_999, StormPlan.clientLimit - 1] {
            for transaction in [0, 1, 0xFFF] as [UInt16] {
                let found = identities.client(ofXID: identities.xid(of: index, transaction: transaction))
                #expect(found == (index, transaction))
            }
        }
    }

    @Test("any number reads as a transaction ID, without a trap")
    func anyNumber() {
        for xid in [0, 1, 0x8000_0000, .max] as [UInt32] {
            let (index, transaction) = identities.client(ofXID: xid)
            #expect(index < StormPlan.clientLimit)
            #expect(transaction <= ClientIdentities.transactionMask)
        }
    }

    @Test("another seed gives other addresses")
    func otherSeed() {
        let others = Set((0..<10_000).map { ClientIdentities(seed: 43).chaddr(of: $0) })
        #expect((0..<10_000).allSatisfy { !others.contains(identities.chaddr(of: $0)) })
    }
}
