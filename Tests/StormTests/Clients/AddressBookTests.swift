import Addresses
import Testing

@testable import Storm

@Suite("Who holds which address")
struct AddressBookTests {
    @Test("an address belongs to the holder that was recorded last")
    func lastOwner() {
        var book = AddressBook(clientCount: 4)
        let address = IPv4Address(10, 0, 0, 1)
        #expect(book.holder(of: address) == nil)
        book.set(address, holder: 1)
        book.set(address, holder: 2)
        #expect(book.holder(of: address) == 2)
    }

    @Test("only its holder can remove an address")
    func removal() {
        var book = AddressBook(clientCount: 4)
        let address = IPv4Address(10, 0, 0, 1)
        book.set(address, holder: 1)
        book.remove(address, holder: 2)
        #expect(book.holder(of: address) == 1)
        book.remove(address, holder: 1)
        #expect(book.holder(of: address) == nil)
        book.remove(address, holder: 1)
        book.remove(.unspecified, holder: 0)
    }

    @Test("against a dictionary: random holders come and go", arguments: [4, 100])
    func model(clientCount: Int) {
        var book = AddressBook(clientCount: clientCount)
        var model: [IPv4Address: Int] = [:]
        let noise = SeededNoise(seed: 9)
        let addresses = (0..<UInt64(clientCount * 3)).map {
            IPv4Address(rawValue: UInt32(truncatingIfNeeded: noise($0)) | 1)
        }
        for step in 0..<20_000 as Range<UInt64> {
            let address = addresses[Int(noise(step + 1 << 32) % UInt64(addresses.count))]
            #expect(book.holder(of: address) == model[address])
            if let holder = model.removeValue(forKey: address) {
                book.remove(address, holder: holder)
            } else if model.count < clientCount {
                let holder = Int(noise(step + 2 << 32) % UInt64(clientCount))
                book.set(address, holder: holder)
                model[address] = holder
            }
        }
        for address in addresses { #expect(book.holder(of: address) == model[address]) }
    }
}
