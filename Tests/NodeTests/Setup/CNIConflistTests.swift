import TestSupport
import Testing

@testable import Node

@Suite("The CNI network's file")
struct CNIConflistTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    @Test("its bytes are those that the Go program writes")
    func bytes() {
        let conflist = CNIConflist(bridge: "cni0", directory: "/etc/cni/net.d")
        #expect(conflist.path == "/etc/cni/net.d/30-cocoon-dhcp.conflist")
        #expect(
            String(decoding: conflist.content(mtu: 1460), as: UTF8.self) == """
                {
                  "cniVersion": "1.0.0",
                  "name": "cocoon-dhcp",
                  "plugins": [
                    {
                      "bridge": "cni0",
                      "ipMasq": false,
                      "ipam": {},
                      "isGateway": false,
                      "macspoofchk": true,
                      "mtu": 1460,
                      "portIsolation": true,
                      "type": "bridge"
                    }
                  ]
                }

                """)
    }

    @Test("its MTU is found again; without one, the plugin chooses")
    func mtu() {
        let conflist = CNIConflist(bridge: "cni0", directory: "/etc/cni/net.d")
        #expect(CNIConflist.mtu(in: conflist.content(mtu: 8896)) == 8896)
        #expect(CNIConflist.mtu(in: conflist.content(mtu: nil)) == nil)
        #expect(!String(decoding: conflist.content(mtu: nil), as: UTF8.self).contains("mtu"))
        for text in ["", "{", "[]", #"{"plugins": [{"mtu": "1500"}]}"#, #"{"plugins": [{"mtu": -1}]}"#] {
            #expect(CNIConflist.mtu(in: Array(text.utf8)) == nil)
        }
    }

    @Test("it is written whole, and a missing directory is made")
    func write() throws {
        let conflist = CNIConflist(bridge: "br7", directory: directory.path + "/cni/net.d")
        #expect(try conflist.read() == nil)
        try conflist.write(mtu: 1500)
        #expect(try conflist.read() == conflist.content(mtu: 1500))
        #expect(try directory.names(in: "cni/net.d") == ["30-cocoon-dhcp.conflist"])
        #expect(try directory.mode("cni/net.d/30-cocoon-dhcp.conflist") == 0o644)
        #expect(String(decoding: conflist.content(mtu: 1500), as: UTF8.self).contains(#""bridge": "br7""#))
    }
}
