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
            String(decoding: conflist.content, as: UTF8.self) == """
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
                      "portIsolation": true,
                      "type": "bridge"
                    }
                  ]
                }

                """)
    }

    @Test("it is written whole, and a missing directory is made")
    func write() throws {
        let conflist = CNIConflist(bridge: "br7", directory: directory.path + "/cni/net.d")
        #expect(try conflist.read() == nil)
        try conflist.write()
        #expect(try conflist.read() == conflist.content)
        #expect(try directory.names(in: "cni/net.d") == ["30-cocoon-dhcp.conflist"])
        #expect(try directory.mode("cni/net.d/30-cocoon-dhcp.conflist") == 0o644)
        #expect(String(decoding: conflist.content, as: UTF8.self).contains(#""bridge": "br7""#))
    }
}
