import Addresses
import Foundation
import TestSupport
import Testing

/// A real VM: QEMU without hardware help, Debian's cloud kernel, and an initramfs with busybox that leases an address by
/// udhcpc and then pings without end. It says all it does on its console.
final class VirtualMachine {
    let mac = MACAddress(0x52, 0x54, 0, 0, 0, 1)
    private let qemu: ChildProcess

    /// Boots it on a tap of the host's bridge, as docs/examples does.
    init(on host: TestHost, pinging target: IPv4Address) throws {
        let kernel = try #require(InitramfsFiles.kernel)
        try host.sandbox.write(Self.start, to: "/run/init", mode: 0o755)
        try host.sandbox.write(Self.hook, to: "/run/hook", mode: 0o755)
        try host.sandbox.shell(Self.initramfs.replacing("GUEST", with: InitramfsFiles.folder))
        qemu = try host.sandbox.start([
            ExampleFile.folder + "qemu-on-bridge", "\(mac)",
            "-M", "q35,hpet=off", "-accel", "tcg", "-m", "96", "-nodefaults", "-no-reboot",
            "-display", "none", "-serial", "stdio", "-kernel", kernel, "-initrd", "/run/initramfs",
            "-append", "console=ttyS0 quiet panic=-1 \(Self.quickBoot) target=\(target)",
        ])
    }

    var console: String { qemu.output }
    var isRunning: Bool { qemu.isRunning }
    /// How often the far end answered, and how often it did not.
    var answerCount: Int { count("guest: answered") }
    var lossCount: Int { count("guest: lost") }
    var renewalCount: Int { count("guest: renew ") }

    /// The address that udhcpc configured; nil until then.
    var address: IPv4Address? {
        console.firstMatch(of: /guest: bound ([0-9.]+)/).flatMap { IPv4Address($0.1) }
    }

    /// Whether the far end goes on answering.
    func keepsTalking() -> Bool {
        let before = answerCount
        return eventually { answerCount > before + 3 }
    }

    private func count(_ words: String) -> Int { console.ranges(of: words).count }

    /// Switches off what takes a kernel long without hardware help and does not matter here.
    private static let quickBoot = "tsc=reliable mitigations=off nokaslr no_timer_check"

    /// The modules of a virtio network card, each after those that it depends on.
    private static let modules =
        "virtio_ring virtio virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci failover net_failover virtio_net"

    private static let initramfs = """
        mkdir -p /run/root/bin /run/root/dev /run/root/proc /run/root/sys
        cd /run/root
        cp GUEST/bin/busybox bin/busybox
        mv /run/init /run/hook .
        for module in \(modules); do find GUEST/lib/modules -name $module.ko -exec cp -t . {} +; done
        find . | bin/busybox cpio -o -H newc > /run/initramfs 2>&-
        """

    private static let start = """
        #!/bin/busybox sh
        busybox=/bin/busybox
        $busybox --install -s /bin
        mount -t proc proc /proc
        mount -t sysfs sysfs /sys
        mount -t devtmpfs dev /dev
        for module in \(modules); do insmod /$module.ko || poweroff -f; done
        ip link set lo up
        ip link set eth0 up
        udhcpc -i eth0 -f -s /hook -t 20 -T 1 -A 1 &
        until [ -e /bound ]; do sleep 0.1; done
        while :; do
            if ping -c 1 -W 2 "$target" >/dev/null; then echo 'guest: answered'; else echo 'guest: lost'; fi
            sleep 0.1
        done

        """

    private static let hook = """
        #!/bin/busybox sh
        case $1 in
        bound | renew)
            ip address replace "$ip/$mask" dev "$interface"
            ip route replace default via "$router"
            : > /bound
            ;;
        esac
        echo "guest: $1 $ip"

        """
}

/// Debian's cloud kernel and a busybox that needs no libraries, unpacked beside the release build by scripts/test.
enum InitramfsFiles {
    /// `COCOON_NET_GUEST_DIR`, else `.build/guest` of this package.
    static let folder: String = {
        if let directory = environment("COCOON_NET_GUEST_DIR") { return directory }
        return "/\(#filePath.split(separator: "/").dropLast(4).joined(separator: "/"))/.build/guest"
    }()

    static let kernel: String? = {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder + "/boot")) ?? []
        return names.sorted().last { $0.hasPrefix("vmlinuz-") }.map { "\(folder)/boot/\($0)" }
    }()
}

extension Trait where Self == ConditionTrait {
    /// The test boots a VM.
    static var needsGuest: ConditionTrait {
        .enabled(
            if: Rights.mayNotSkip || InitramfsFiles.kernel != nil,
            "there is no kernel for a VM in \(InitramfsFiles.folder); scripts/test unpacks one there")
    }
}
