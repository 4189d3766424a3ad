import Addresses
import Foundation
import Glibc
import TestSupport
import Testing

/// The options that VMs get from pool.json, and how a running daemon reloads the file.
@Suite(.needsSandbox, .endsWhenHung)
struct ClientOptionTests {
    private func object(_ text: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    /// Puts members into pool.json.
    private func configure(_ host: TestHost, _ members: String) throws {
        var pool = try object(try #require(host.sandbox.read(TestHost.poolFile)))
        for (key, value) in try object(members) { pool[key] = value }
        let data = try JSONSerialization.data(withJSONObject: pool)
        try host.sandbox.write(String(decoding: data, as: UTF8.self), to: TestHost.poolFile)
    }

    /// The offer to a DISCOVER that asks for these options.
    private func offer(_ client: ScriptedClient, asking codes: [UInt8], _ own: [UInt8: [UInt8]] = [:]) throws
        -> DHCPMessage
    {
        var message = client.message(.discover)
        message[55] = codes
        for (code, value) in own { message[code] = value }
        return try #require(try client.exchange(message)).message
    }

    private func reload(_ host: TestHost) throws -> (status: Int, json: [String: Any]) {
        let response = try host.control("POST", "/v1/reload")
        return (response.status, try object(response.body))
    }

    @Test("a reload changes the options from the next message on, and a client keeps its address")
    func reload() throws {
        let host = try TestHost()
        let daemon = try host.startDaemon()
        let client = try host.machine().client()
        let lease = try client.lease()
        #expect(try offer(client, asking: [15, 42, 119])[15] == nil)

        try configure(
            host,
            """
            {"options": {
                "domain": "vm.example", "ntp": ["172.20.100.1"], "search": ["a.example", "b.example"],
                "leaseTime": "2h", "mtu": 1400, "custom": [{"code": 224, "type": "text", "value": "hello"}],
                "routes": [{"to": "10.0.0.0/8", "via": "172.20.100.1"}]
            }}
            """)
        let (status, answer) = try reload(host)
        #expect(status == 200 && answer["generation"] as? Int == 2)
        #expect(
            answer["changed"] as? [String] == [
                "options.custom", "options.domain", "options.leaseTime", "options.mtu", "options.ntp", "options.routes",
                "options.search",
            ])
        let told = try offer(client, asking: [15, 26, 42, 119, 121, 224])
        #expect(told.yiaddr == lease.address)
        #expect(told[15] == Array("vm.example".utf8) && told[26] == [0x05, 0x78] && told[42] == [172, 20, 100, 1])
        #expect(told[119] == [1, 97, 7] + Array("example".utf8) + [0, 1, 98, 7] + Array("example".utf8) + [0])
        #expect(told[121] == [8, 10, 172, 20, 100, 1, 0, 172, 20, 100, 1] && told[224] == Array("hello".utf8))
        #expect(told[51] == [0, 0, 0x1C, 0x20])
        let metrics = try host.metrics()
        #expect(metrics["cocoon_net_dhcp_policy_generation"] == 2)
        let loadedAt = try #require(metrics.samples["cocoon_net_dhcp_policy_loaded_time_seconds"])
        #expect(loadedAt > metrics.samples["cocoon_net_dhcp_start_time_seconds"] ?? loadedAt)
        #expect(daemon.process.isRunning)
    }

    @Test(
        "a reload with any error is refused as a whole, and the answer names the field",
        arguments: [
            (#"{"options": {"domain": "good.example", "dns": ["1.1.1"]}}"#, "options.dns[0]"),
            (#"{"options": {"domian": "good.example"}}"#, "options.domian"),
            (#"{"options": {"domain": "good.example"}, "ips": ["172.20.100.9"]}"#, "ips"),
            (#"{"options": {"domain": "good.example"}, "gateway": "172.20.100.250"}"#, "gateway"),
            (
                #"{"options": {"domain": "good.example"}, "reservations": {"02:00:00:00:00:01": "10.0.0.1"}}"#,
                #"reservations["02:00:00:00:00:01"]"#
            ),
        ])
    func refusal(members: String, field: String) throws {
        let host = try TestHost(poolSize: 20)
        let daemon = try host.startDaemon()
        let client = try host.machine().client()
        try configure(host, members)
        let (status, answer) = try reload(host)
        #expect(status == 422 && answer["field"] as? String == field, "\(answer)")
        // The same by signal.
        daemon.process.send(SIGHUP)
        #expect(try eventually { try host.metrics()["cocoon_net_dhcp_reloads_total{result=\"refused\"}"] == 2 })
        #expect(daemon.process.output.contains("nothing has changed"))
        #expect(try offer(client, asking: [15])[15] == nil)
        #expect(try host.metrics()["cocoon_net_dhcp_policy_generation"] == 1)
        #expect(daemon.process.isRunning)
    }

    @Test("a reservation gives its client an address and options that nobody else gets", arguments: [false, true])
    func reservation(isReloaded: Bool) throws {
        let host = try TestHost(poolSize: 5)
        let members = """
            {"options": {"domain": "vm.example"}, "reservations": {
                "02:00:00:00:00:01": {"ip": "172.20.100.4", "hostname": "one", "options": {"domain": "own.example"}},
                "02:00:00:00:00:02": "172.20.100.5"
            }}
            """
        if !isReloaded { try configure(host, members) }
        let daemon = try host.startDaemon()
        if isReloaded {
            try configure(host, members)
            daemon.process.send(SIGHUP)
            #expect(eventually { daemon.process.output.contains("reloaded") })
        }
        let machine = try host.machine()
        let addresses = try ScriptedCrowd(on: machine).lease((3...5).map { MACAddress(2, 0, 0, 0, 0, $0) })
        #expect(Set(addresses.values.map(\.description)) == ["172.20.100.2", "172.20.100.3", "172.20.100.6"])
        let told = try offer(try machine.client(), asking: [12, 15])
        #expect(told.yiaddr.description == "172.20.100.4")
        #expect(told[12] == Array("one".utf8) && told[15] == Array("own.example".utf8))
        let second = try offer(try machine.client(MACAddress(2, 0, 0, 0, 0, 2)), asking: [12, 15])
        #expect(second.yiaddr.description == "172.20.100.5" && second[12] == nil)
        #expect(second[15] == Array("vm.example".utf8))
        #expect(daemon.process.isRunning)
    }

    @Test("firmware gets the name of the boot file for its architecture, and the server that has it")
    func boot() throws {
        let host = try TestHost()
        try configure(
            host,
            """
            {"options": {"nextServer": "172.20.100.9", "bootFile": "any.kpxe", "boot": {
                "uefi-x64": "efi64", "http-x64": "http://172.20.100.9/boot.efi", "ipxe": "http://172.20.100.9/s.ipxe"
            }}}
            """)
        let daemon = try host.startDaemon()
        let client = try host.machine().client()
        let cases: [(own: [UInt8: [UInt8]], file: String, vendorClass: String?)] = [
            ([:], "any.kpxe", nil), ([93: [0, 0]], "any.kpxe", nil), ([93: [0, 7]], "efi64", nil),
            ([93: [0, 16]], "http://172.20.100.9/boot.efi", "HTTPClient"),
            ([93: [0, 7], 77: Array("iPXE".utf8)], "http://172.20.100.9/s.ipxe", nil),
        ]
        for (own, file, vendorClass) in cases {
            let told = try offer(client, asking: [60, 66, 67], own)
            #expect(told[67] == Array(file.utf8) && told[60] == vendorClass.map { Array($0.utf8) })
            #expect(told.siaddr.description == "172.20.100.9")
        }
        #expect(daemon.process.isRunning)
    }

    @Test(
        "VMs that boot together get different renewal times, unless that is turned off",
        arguments: [true, false])
    func spread(isOn: Bool) throws {
        let host = try TestHost()
        if !isOn { try configure(host, #"{"options": {"spreadRenewals": false}}"#) }
        let daemon = try host.startDaemon()
        let machine = try host.machine()
        let times: [Int] = try (1...20).map { (number: UInt8) in
            let bytes = try #require(try machine.client(MACAddress(2, 0, 0, 0, 7, number)).lease().ack.message[58])
            return bytes.reduce(0) { $0 << 8 | Int($1) }
        }
        #expect(times.allSatisfy { (38_880...43_200).contains($0) })
        #expect(Set(times).count == (isOn ? 20 : 1) && (isOn || times[0] == 43_200))
        #expect(daemon.process.isRunning)
    }

    /// Thirty-three routes and a text. With a text of 80 bytes they take about 350 bytes. The options field of a reply
    /// of 576 bytes has room for about 240.
    private static func manyOptions(textByteCount: Int) -> String {
        let routes = (0..<33).map { #"{"to": "10.1.\#($0).0/24", "via": "172.20.100.1"}"# }.joined(separator: ",")
        let text = String(repeating: "x", count: textByteCount)
        return #"{"options": {"routes": [\#(routes)], "custom": [{"code": 224, "type": "text", "value": "\#(text)"}]}}"#
    }

    @Test(
        "real clients get more options than the options field of a reply of 576 bytes holds",
        arguments: ["udhcpc", "dhclient", "dhcpcd"])
    func overload(program: String) throws {
        let host = try TestHost()
        try configure(host, Self.manyOptions(textByteCount: 80))
        let daemon = try host.startDaemon()
        #expect(!daemon.process.output.contains("has no room"))
        let machine = try host.machine()
        try machine.sandbox.write("#!/bin/sh\nenv >> /run/told\n", to: "/run/hook", mode: 0o755)
        try machine.sandbox.write(
            """
            option routes code 121 = array of unsigned integer 8;
            option extra code 224 = text;
            request subnet-mask, routers, routes, extra;
            """, to: "/run/dhclient.conf")
        try machine.sandbox.shell("touch /run/leases; mkdir -p /var/lib/dhcpcd /run/dhcpcd")
        let command =
            switch program {
            case "udhcpc":
                ["udhcpc", "-f", "-q", "-i", "eth0", "-s", "/run/hook", "-O", "staticroutes", "-O", "224"]
            case "dhclient":
                [
                    try machine.sandbox.unconfined("/sbin/dhclient"), "-4", "-d", "-1", "-cf", "/run/dhclient.conf",
                    "-lf", "/run/leases", "-pf", "/run/dhclient.pid", "-sf", "/run/hook", "eth0",
                ]
            default:
                [
                    "dhcpcd", "-4", "-1", "-B", "-f", "/dev/null", "-c", "/run/hook", "-o", "classless_static_routes",
                    "eth0",
                ]
            }
        let client = try machine.sandbox.start(command)
        // What each program's hook gets for the first route, the last route and the text.
        let (first, last, text) =
            switch program {
            case "udhcpc":
                (
                    "10.1.0.0/24 172.20.100.1", "10.1.32.0/24 172.20.100.1",
                    "opt224=" + String(repeating: "78", count: 80)
                )
            case "dhclient":
                ("24 10 1 0 172 20 100 1", "24 10 1 32 172 20 100 1", "new_extra=" + String(repeating: "x", count: 80))
            default: ("10.1.0.0/24 172.20.100.1", "10.1.32.0/24 172.20.100.1", "reason=BOUND")
            }
        let isTold = eventually {
            let told = machine.sandbox.read("/run/told") ?? ""
            return [first, last, text].allSatisfy(told.contains)
        }
        #expect(isTold, "\(client.output)\n\(machine.sandbox.read("/run/told") ?? "")")
        #expect(try host.metrics()["cocoon_net_dhcp_incomplete_replies_total"] == 0)
        #expect(daemon.process.isRunning)
    }

    @Test("an option that fits nowhere is left out, counted and traced, and the start and a reload warn of it")
    func withoutRoom() throws {
        let host = try TestHost()
        try configure(host, Self.manyOptions(textByteCount: 250))
        let daemon = try host.startDaemon()
        let warning = "options.custom[0] (option 224) does not fit in a reply of 576 bytes"
        #expect(daemon.process.output.ranges(of: warning).count == 1)
        #expect(try reload(host).status == 200)
        #expect(daemon.process.output.ranges(of: warning).count == 2)
        let client = try host.machine().client()
        let ack = try client.lease { $0[55] = [3, 121, 224] }.ack.message
        #expect(ack[121]?.count == 33 * 8 + 5 && ack[224] == nil && ack.addresses(3) == [host.gateway])
        // One for the OFFER and one for the ACK.
        #expect(try host.metrics()["cocoon_net_dhcp_incomplete_replies_total"] == 2)
        let trace = try host.control("GET", "/v1/leases/\(client.mac)/trace").body
        #expect(trace.contains(#""incomplete""#) && trace.contains("option 224"), "\(trace)")
        let told = try offer(client, asking: [121, 224], [57: [0x05, 0xDC]])
        #expect(told[224]?.count == 250 && told[52] == nil)
        #expect(try host.metrics()["cocoon_net_dhcp_incomplete_replies_total"] == 2)
        #expect(daemon.process.isRunning)
    }

    @Test("an address reserved for others is not available, and the trace of a client without an address says so")
    func reservedForOthers() throws {
        let host = try TestHost(poolSize: 5)
        try configure(
            host, #"{"reservations": {"02:00:00:00:00:01": "172.20.100.4", "02:00:00:00:00:02": "172.20.100.5"}}"#)
        let daemon = try host.startDaemon()
        func counts() throws -> [Int] {
            let metrics = try host.metrics()
            let states = ["free", "reserved", "bound"].map {
                metrics["cocoon_net_dhcp_pool_addresses{state=\"\($0)\"}"]
            }
            return [metrics["cocoon_net_dhcp_pool_available"]] + states
        }
        #expect(try counts() == [3, 3, 2, 0])
        let machine = try host.machine()
        _ = try ScriptedCrowd(on: machine).lease((3...5).map { MACAddress(2, 0, 0, 0, 0, $0) })
        #expect(try counts() == [0, 0, 2, 3])
        let late = try machine.client(MACAddress(2, 0, 0, 0, 0, 9))
        #expect(try late.answers(to: late.message(.discover), completing: try machine.client()).isEmpty)
        #expect(try counts() == [0, 0, 1, 4], "a reserved address counts as leased once its client has it")
        let trace = try host.control("GET", "/v1/leases/\(late.mac)/trace").body
        #expect(
            trace.contains("pool_exhausted") && trace.contains("1 reserved for others") && trace.contains("4 leased"))
        let status = try object(try host.control("GET", "/v1/status").body)
        let pool = try #require(status["pool"] as? [String: Int])
        #expect(pool["available"] == 0 && pool["reserved"] == 1 && pool["bound"] == 4)
        #expect(daemon.process.isRunning)
    }

    @Test("real clients get options from a file that pool.json names", arguments: ["udhcpc", "dhcpcd"])
    func realClients(program: String) throws {
        let host = try TestHost()
        try host.sandbox.write(
            #"{"domain": "vm.example", "dns": ["172.20.100.1"]}"#, to: TestHost.stateDirectory + "/VMs.json")
        try configure(host, #"{"options": "VMs.json"}"#)
        let daemon = try host.startDaemon()
        let machine = try host.machine()
        try machine.sandbox.write("#!/bin/sh\nenv > /run/told\n", to: "/run/hook", mode: 0o755)
        let command =
            program == "udhcpc"
            ? ["udhcpc", "-f", "-q", "-i", "eth0", "-s", "/run/hook"]
            : ["dhcpcd", "-4", "-1", "-B", "-f", "/dev/null", "-c", "/run/hook", "-o", "domain_name", "eth0"]
        try machine.sandbox.shell("mkdir -p /var/lib/dhcpcd /run/dhcpcd")
        let client = try machine.sandbox.start(command)
        #expect(eventually { machine.sandbox.read("/run/told")?.contains("vm.example") == true }, "\(client.output)")
        #expect(daemon.process.isRunning)
    }
}
