import Addresses
import Foundation
import TestSupport
import Testing

/// A VM that runs the daemon, with the state directory and leases.json on an ext4 disk. Killing QEMU is a power cut: what
/// the VM's kernel had not written to its disk is gone.
final class DaemonMachine {
    private let host: TestHost
    private var qemu: ChildProcess?

    /// Makes the disk, with the pool of `host`, and what the VM boots.
    init(on host: TestHost) throws {
        self.host = host
        try host.sandbox.write(Self.start, to: "/run/init", mode: 0o755)
        let files = Self.files.replacing("GUEST", with: InitramfsFiles.folder).replacing(
            "PROGRAM", with: Program.cocoonNet)
        try host.sandbox.shell(files, within: .seconds(120))
        try host.sandbox.shell("ip tuntap add tap0 mode tap; ip link set tap0 master \(host.bridge) up")
    }

    /// What this boot has printed: the daemon's log.
    var console: String { qemu?.output ?? "" }

    /// Boots it and waits until the daemon serves.
    func boot() throws {
        let kernel = try #require(InitramfsFiles.kernel)
        let qemu = try host.sandbox.start([
            "qemu-system-x86_64", "-M", "q35,hpet=off", "-accel", "tcg", "-m", "768", "-nodefaults", "-no-reboot",
            "-display", "none", "-serial", "stdio", "-kernel", kernel, "-initrd", "/run/initramfs",
            "-append", "console=ttyS0 quiet panic=-1 tsc=reliable mitigations=off nokaslr no_timer_check",
            "-drive", "file=/run/disk,format=raw,if=virtio,cache=writeback",
            "-netdev", "tap,id=net0,ifname=tap0,script=no,downscript=no",
            "-device", "virtio-net-pci,netdev=net0,mac=52:54:00:00:00:02,romfile=",
        ])
        self.qemu = qemu
        let isServing = eventually(within: .seconds(120)) {
            !qemu.isRunning || qemu.output.contains("notice: serving ")
        }
        guard isServing, qemu.isRunning else { throw ExchangeError("no daemon serves in the VM: \(qemu.output)") }
    }

    func cutPower() throws {
        qemu?.send(SIGKILL)
        _ = try qemu?.wait()
    }

    /// Kernel modules, each after those that it depends on.
    private static let modules =
        "virtio_ring virtio virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci failover net_failover virtio_net "
        + "virtio_blk llc stp bridge"

    private static let files = """
        mkdir -p /run/root/bin /run/root/dev /run/root/proc /run/root/sys /run/root/run /run/root/tmp /run/root/disk
        cd /run/root
        cp GUEST/bin/busybox bin/busybox
        cp PROGRAM bin/cocoon-net
        for library in $(ldd PROGRAM | grep -o '/[^ ]*'); do cp -L --parents "$library" .; done
        mv /run/init .
        for module in \(modules); do find GUEST/lib/modules -name $module.ko -exec cp -t . {} +; done
        find . | bin/busybox cpio -o -H newc > /run/initramfs 2>&-
        rm -r /run/root
        mkdir -p /run/image/net
        cp \(TestHost.poolFile) /run/image/net/
        truncate -s 64M /run/disk
        mkfs.ext4 -q -d /run/image /run/disk
        """

    private static let start = """
        #!/bin/busybox sh
        /bin/busybox --install -s /bin
        mount -t proc proc /proc
        mount -t sysfs sysfs /sys
        mount -t devtmpfs dev /dev
        for module in \(modules); do insmod /$module.ko || poweroff -f; done
        mount -t ext4 /dev/vda /disk || poweroff -f
        ip link set lo up
        ip link set eth0 up
        brctl addbr cni0
        brctl addif cni0 eth0
        ip link set cni0 up
        cocoon-net daemon --state-dir /disk/net --skip-iptables --metrics-addr "" --lease-time 1h --cni-conf-dir /run/cni
        poweroff -f

        """
}
