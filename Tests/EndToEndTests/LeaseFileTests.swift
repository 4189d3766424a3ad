import Addresses
import TestSupport
import Testing

/// leases.json after what a power cut can do to it.
@Suite(.needsSandbox, .endsWhenHung)
struct LeaseFileTests {
    // ext4 may bring back a file that was replaced seconds ago; whoever restores a copy by hand gives it a new time, too.
    @Test(
        "an earlier lease file that is back after a crash takes no address from its holder", arguments: ["cp -p", "cp"])
    func earlierFile(copy: String) throws {
        let host = try TestHost(poolSize: 1)
        let first = try host.startDaemon()
        let machine = try host.machine()
        let (former, holder) = (
            try machine.client(MACAddress(2, 0, 0, 0, 7, 1)), try machine.client(MACAddress(2, 0, 0, 0, 7, 2))
        )
        let address = try former.lease().address
        #expect(try eventually { try host.leaseRows().map(\.mac) == ["\(former.mac)"] })
        try host.sandbox.shell("cp -p \(TestHost.leaseFile) /run/earlier")
        #expect(try host.control("DELETE", "/v1/leases/\(former.mac)").status == 204)
        #expect(try holder.lease().address == address)
        #expect(try eventually { try host.leaseRows().map(\.mac) == ["\(holder.mac)"] })
        try first.kill()

        try host.sandbox.shell("\(copy) /run/earlier \(TestHost.leaseFile)")
        let second = try host.startDaemon()
        #expect(!second.process.output.contains("the lease file"), "\(second.process.output)")
        #expect(try holder.initReboot(address)?.message.kind == .ack)
        #expect(try former.initReboot(address)?.message.kind == .nak)
        #expect(host.pinnedNeighbours == [address: holder.mac])
        #expect(try eventually { try host.leaseRows().map(\.mac) == ["\(holder.mac)"] })
    }
}
