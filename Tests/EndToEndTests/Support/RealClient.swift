import Addresses
import Glibc
import TestSupport

/// The DHCP clients that VMs run, as Debian packages them.
enum ClientProgram: String, CaseIterable, Sendable {
    case udhcpc, dhclient, dhcpcd

    /// Whether it verifies a remembered address in INIT-REBOOT; udhcpc only ever asks for one in its DISCOVER.
    var remembersAcrossRestarts: Bool { self != .udhcpc }

    /// Whether its log tells that it is done with a new lease; the address is there some time before that.
    func saysThatItIsBound(_ log: String) -> Bool {
        switch self {
        case .udhcpc: true
        case .dhclient: log.contains("bound to")
        case .dhcpcd: log.contains("adding default route")
        }
    }
}

/// A client program at work on an interface of a VM, with all its files in the VM's own `/run`.
final class RealClient {
    let program: ClientProgram
    let machine: Machine
    let interface: String
    let conversation: Conversation
    private var process: ChildProcess

    /// Starts the program.
    /// - Parameter arguments: what to add to its command line.
    init(
        _ program: ClientProgram, on machine: Machine, interface: String = "eth0", watchesForConflicts: Bool = false,
        _ arguments: [String] = []
    ) throws {
        self.program = program
        self.machine = machine
        self.interface = interface
        conversation = try Conversation(on: machine, interface: interface)
        try machine.sandbox.write(Self.hook, to: "/run/hook", mode: 0o755)
        try machine.sandbox.write(
            watchesForConflicts ? "nodelay\nnoipv4ll\n" : "nodelay\nnoipv4ll\nnoarp\n", to: "/run/dhcpcd.conf")
        try machine.sandbox.write("initial-interval 1; backoff-cutoff 1; reboot 2;\n", to: "/run/dhclient.conf")
        try machine.sandbox.shell("touch /run/dhclient-\(interface).leases; mkdir -p /var/lib/dhcpcd /run/dhcpcd")
        process = try Self.start(
            program, on: machine, interface, watchesForConflicts: watchesForConflicts, arguments)
    }

    /// Each program's foreground form, so that it is our child and its log is ours.
    private static func start(
        _ program: ClientProgram, on machine: Machine, _ interface: String, watchesForConflicts: Bool,
        _ arguments: [String]
    ) throws -> ChildProcess {
        let command =
            switch program {
            case .udhcpc:
                ["udhcpc", "-f", "-i", interface, "-s", "/run/hook", "-t", "5", "-T", "1", "-A", "1"] + arguments
                    + (watchesForConflicts ? ["-a300"] : [])
            case .dhclient:
                [try machine.sandbox.unconfined("/sbin/dhclient"), "-4", "-d"] + dhclientFiles(interface) + arguments
                    + [interface]
            case .dhcpcd:
                ["dhcpcd", "-4", "-B", "-f", "/run/dhcpcd.conf", "-c", "/bin/true"] + arguments + [interface]
            }
        return try machine.sandbox.start(command)
    }

    private static func dhclientFiles(_ interface: String) -> [String] {
        [
            "-cf", "/run/dhclient.conf", "-lf", "/run/dhclient-\(interface).leases",
            "-pf", "/run/dhclient-\(interface).pid", "-sf", "/run/hook",
        ]
    }

    /// Waits for an ACK and until the interface has its address.
    func awaitLease() throws -> Lease {
        let ack = try conversation.next(.ack)
        let isConfigured = try eventually(within: .seconds(10)) {
            try machine.has(ack.message.yiaddr, on: interface) && program.saysThatItIsBound(process.output)
        }
        guard isConfigured else {
            throw ExchangeError("\(program) does not configure \(ack.message.yiaddr)\n" + process.output)
        }
        return Lease(ack)
    }

    /// Makes the program renew; dhclient has no way to be asked and does so at T1.
    func renew() throws {
        switch program {
        case .udhcpc: process.send(SIGUSR1)
        case .dhclient: break
        case .dhcpcd: try tellDhcpcd(SIGUSR1, "SIGUSR1")
        }
    }

    /// Makes the program give its lease back.
    func release() throws {
        switch program {
        case .udhcpc: process.send(SIGUSR2)
        case .dhclient:
            try machine.sandbox.run(
                ["/run/programs/dhclient", "-4", "-r"] + Self.dhclientFiles(interface) + [interface])
        // `dhcpcd -k` sends the same signal, but waits until the process is gone, which needs this process to reap it.
        case .dhcpcd: try tellDhcpcd(SIGALRM, "SIGALRM")
        }
    }

    /// Sends dhcpcd a signal until its log has it: one that comes while it waits for its privileged half is lost.
    private func tellDhcpcd(_ signal: Int32, _ name: String) throws {
        let isHeard: Bool? = eventually(every: .milliseconds(200)) {
            if process.output.contains("received \(name)") { return true }
            process.send(signal)
            return nil
        }
        guard isHeard == true else { throw ExchangeError("dhcpcd takes no \(name)\n" + process.output) }
    }

    /// A crash of the VM and its next boot: the program dies, the interface forgets its address, the program's files
    /// stay.
    func reboot() throws {
        process.send(SIGKILL)
        _ = try process.wait()
        try machine.sandbox.shell(
            """
            rm -f /run/dhclient-\(interface).pid /run/dhcpcd/*.pid /run/dhcpcd/*.sock
            ip address flush dev \(interface)
            ip link set \(interface) down
            ip link set \(interface) up
            """)
        process = try Self.start(program, on: machine, interface, watchesForConflicts: false, [])
    }

    /// What udhcpc and dhclient call for each event, in their own words; dhcpcd configures interfaces itself.
    private static let hook = """
        #!/bin/sh
        case "${1:-}${reason:-}" in
        bound | renew)
            ip address replace "$ip/$mask" dev "$interface"
            ip route replace default via "$router"
            ;;
        BOUND | REBOOT | RENEW | REBIND)
            ip address replace "$new_ip_address/$new_subnet_mask" dev "$interface"
            ip route replace default via "$new_routers"
            ;;
        deconfig | EXPIRE | FAIL | RELEASE | STOP)
            ip address flush dev "$interface"
            ;;
        esac
        ip link set "$interface" up

        """
}
