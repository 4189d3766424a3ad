import Addresses
import TestSupport
import Testing

/// One real VM, from its boot to a renewal.
@Suite(.needsSandbox, .needs("qemu-system-x86_64"), .needsGuest, .endsWhenHung)
struct VirtualMachineTests {
    @Test("a VM boots, leases, pings, is pinged, and renews with a daemon that was restarted meanwhile")
    func boots() throws {
        let node = try RoutedNode()
        let arguments = ["--lease-time", "15s"]
        let first = try node.host.startDaemon(arguments)
        let vm = try VirtualMachine(on: node.host, pinging: RoutedNode.outsideAddress)
        let found = eventually(within: .seconds(120)) { vm.isRunning ? vm.address : .unspecified }
        let address = try #require(found, "\(vm.console)")
        #expect(node.host.subnet.contains(address), "\(vm.console)")
        #expect(node.host.hasRoute(to: address))
        #expect(node.host.pinnedNeighbour(of: address) == vm.mac)
        #expect(try eventually { try node.host.leaseRows().map(\.mac) == ["\(vm.mac)"] })
        #expect(vm.keepsTalking(), "\(vm.console)")
        #expect(try node.reaches(address))

        try first.process.stop()
        #expect(vm.keepsTalking(), "\(vm.console)")
        let second = try node.host.startDaemon(arguments)
        try second.kill()
        #expect(vm.keepsTalking(), "\(vm.console)")
        let third = try node.host.startDaemon(arguments)
        let renewals = vm.renewalCount
        #expect(eventually(within: .seconds(20)) { vm.renewalCount > renewals }, "\(vm.console)")
        #expect(vm.keepsTalking(), "\(vm.console)")
        #expect(try node.reaches(address))
        #expect(vm.address == address && vm.lossCount == 0, "\(vm.console)")
        #expect(third.process.isRunning)
    }
}
