import Addresses
import TestSupport
import Testing

/// QEMU's firmware boots from the network.
@Suite(.needsSandbox, .needs("qemu-system-x86_64"), .needs("python3"), .endsWhenHung)
struct NetworkBootTests {
    @Test("iPXE in a VM's BIOS fetches its script from the URL in the options, and knows its address and domain")
    func ipxe() throws {
        let host = try TestHost()
        let url = "http://\(host.gateway):8080"
        try host.sandbox.shell("mkdir /run/www")
        try host.sandbox.write("#!ipxe\nchain \(url)/told-${net0/ip}-${net0/domain}\n", to: "/run/www/boot.ipxe")
        try host.sandbox.shell(
            """
            python3 - <<'END'
            import json
            path = "\(TestHost.poolFile)"
            pool = json.load(open(path))
            pool["options"] = {"domain": "vm.example", "bootFile": "none", "boot": {"ipxe": "\(url)/boot.ipxe"}}
            json.dump(pool, open(path, "w"))
            END
            ip tuntap add tap0 mode tap
            ip link set tap0 master \(host.bridge) up
            """)
        let daemon = try host.startDaemon()
        let server = try host.sandbox.start(["python3", "-u", "-m", "http.server", "8080", "-d", "/run/www"])
        let qemu = try host.sandbox.start([
            "qemu-system-x86_64", "-M", "q35,hpet=off", "-accel", "tcg", "-m", "96", "-nodefaults", "-no-reboot",
            "-display", "none", "-boot", "n", "-netdev", "tap,id=net0,ifname=tap0,script=no,downscript=no",
            "-device", "virtio-net-pci,netdev=net0,mac=52:54:00:00:00:01,bootindex=1",
        ])
        let isTold = eventually(within: .seconds(120)) { server.output.contains("GET /told-172.20.100.2-vm.example") }
        #expect(isTold, "\(server.output)\n\(daemon.process.output)")
        #expect(qemu.isRunning && daemon.process.isRunning)
    }
}
