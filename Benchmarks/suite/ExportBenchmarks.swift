import Addresses
import Benchmark
import FastDHCP
import LeaseText
import LinuxSystem
import Workload

func registerExportBenchmarks() {
    let name = "export: the text of leases.json with \(clientCount) leases"
    Benchmark(name, configuration: .init(maxIterations: 20)) { _, table in
        var printer = LeasePrinter(table)
        while let piece = printer.next() { blackHole(piece) }
    } setup: {
        let table = LeaseTable(pool: (0..<clientCount).map(Frames.address(of:)))
        let deadline = BootTime.now() + 86_400_000
        let leases = (0..<clientCount).map { client in
            RestoredLease(
                address: Frames.address(of: client), client: MACAddress(rawValue: 0x5254_0000_0000 + UInt64(client)),
                deadline: deadline, holdUntil: deadline)
        }
        precondition(table.restore(leases) { _ in 0 } == clientCount, "every lease is restored")
        return table
    }
}
