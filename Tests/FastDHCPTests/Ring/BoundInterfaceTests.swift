import Testing

@testable import FastDHCP

@Suite("bound interface", .enabled(if: LiveNetwork.isAvailable, "\(LiveNetwork.obstacle ?? "")"))
struct BoundInterfaceTests {
    @Test("a new interface with the same name, index and address is not the one that was bound")
    func recreated() throws {
        try LiveNetwork.inside {
            let bound = try BoundInterface(named: "br0")
            #expect(bound.isUnchanged && bound.passesFrames)
            try LiveNetwork.shell(
                """
                ip link del br0
                ip link add br0 index \(bound.identity.index) address \(bound.identity.address) type bridge
                ip link set br0 up
                """)
            #expect(try InterfaceIdentity(named: "br0") == bound.identity)
            #expect(!bound.isUnchanged && !bound.passesFrames)
            let successor = try BoundInterface(named: "br0")
            #expect(successor.isUnchanged && successor.passesFrames)
        }
    }

    @Test("an interface that went to another network namespace and came back is not the one that was bound")
    func moved() throws {
        try LiveNetwork.inside {
            let bound = try BoundInterface(named: "vm0")
            try LiveNetwork.shell(
                """
                unshare -n sleep 60 & other=$!
                while [ "$(readlink /proc/$other/ns/net)" = "$(readlink /proc/self/ns/net)" ]; do :; done
                ip link set vm0 netns $other
                nsenter -t $other -n ip link set vm0 netns $$
                kill $other
                ip link set vm0 up
                """)
            #expect(try InterfaceIdentity(named: "vm0") == bound.identity)
            #expect(!bound.isUnchanged && !bound.passesFrames)
        }
    }

    @Test("an interface that goes down and up stays the same, and passes frames while it is up")
    func downAndUp() throws {
        try LiveNetwork.inside {
            let bound = try BoundInterface(named: "br0")
            try LiveNetwork.shell("ip link set br0 down")
            #expect(bound.isUnchanged && !bound.passesFrames)
            try LiveNetwork.shell("ip link set br0 up")
            #expect(bound.isUnchanged && bound.passesFrames)
        }
    }

    @Test("an interface with a new address has changed but passes frames; one with a new name is not served any more")
    func changed() throws {
        try LiveNetwork.inside {
            let bound = try BoundInterface(named: "br0")
            try LiveNetwork.shell("ip link set br0 address 02:00:00:00:00:55")
            #expect(!bound.isUnchanged && bound.passesFrames)
            try LiveNetwork.shell("ip link set br0 down name br1; ip link set br1 up")
            #expect(!bound.isUnchanged && !bound.passesFrames)
        }
    }

    @Test("a missing interface is an error that says so")
    func missing() throws {
        #expect(throws: InterfaceError.missing("no-such-bridge")) { try BoundInterface(named: "no-such-bridge") }
    }
}
