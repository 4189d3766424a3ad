import Addresses
import Testing

@testable import Storm

@Suite("Who holds which address")
struct AddressBookTests {
    @Test("an address has the holder that was written down last")
    func lastHolder() {
        var book = AddressBook(clientCount: 4)
        let address = IPv4Address(10, 0, 0, 1)
        #expect(book.holder(of: address) == nil)
        book.set(address, holder: 1)
        book.set(address, holder: 2)
        #expect(book.holder(of: address) == 2)
    }

    @Test("only its holder's word removes an address")
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

    @Test("against a dictionary: random holders come and go")
    func model() {
        var book = AddressBook(clientCount: 100)
        var model: [IPv4Address: Int] = [:]
        let noise = SeededNoise(seed: 9)
        for step in 0..<50_000 as Range<UInt64> {
            let address = IPv4Address(rawValue: 0x0A00_0000 + UInt32(noise(step) % 300) * 64)
            let holder = Int(noise(step + 1 << 32) % 100)
            if model[address] == nil, model.count < 100 {
                book.set(address, holder: holder)
                model[address] = holder
            } else if let current = model.removeValue(forKey: address) {
                book.remove(address, holder: current)
            }
            #expect(book.holder(of: address) == model[address])
        }
        for (address, holder) in model { #expect(book.holder(of: address) == holder) }
    }
}
