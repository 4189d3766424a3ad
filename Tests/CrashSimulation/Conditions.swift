import Addresses
import FastDHCP

/// The conditions of a run, which its seed decides at the start.
struct Conditions {
    static let server = IPv4Address(10, 0, 0, 1)
    static let subnet = IPv4Network(containing: server, prefixLength: 24)
    static let bridge = MACAddress(2, 0xFF, 0, 0, 0, 1)

    /// How the wall clock behaves. A restart reads the ends of leases from it. If it was set forward, they end early,
    /// and the server cannot detect that.
    enum WallClock { case steady, setBack, setBothWays }

    let pool: [IPv4Address]
    let clientCount: Int
    let workerCount: Int
    let leaseSeconds: UInt32
    let wallClock: WallClock
    /// Whether bits of the journal may flip while the server is down.
    let isDamaging: Bool
    let lossRate: Int
    let faultRate: Int
    let slowRate: Int

    init(_ random: SeededRandom) {
        let count = random.within(8...40)
        pool = (0..<count).map { IPv4Address(10, 0, 0, UInt8(10 + $0)) }
        clientCount = max(count * random.within(6...15) / 10, 4)
        workerCount = random.pick([1, 1, 2, 3])
        leaseSeconds = UInt32(random.pick([20, 60, 300, 3600]))
        wallClock = random.pick([.steady, .steady, .setBack, .setBothWays])
        isDamaging = random.chance(200)
        lossRate = random.pick([0, 50, 200])
        faultRate = random.pick([0, 5, 40])
        slowRate = random.pick([50, 200, 600])
    }

    var leaseMilliseconds: UInt64 { UInt64(leaseSeconds) * 1000 }

    func engineConfiguration() -> EngineConfiguration {
        do {
            let options = try ConfiguredOptions([(.subnetMask, [255, 255, 255, 0])])
            var configuration = EngineConfiguration(
                serverAddress: Self.server, subnet: Self.subnet, leaseSeconds: leaseSeconds, options: options)
            configuration.declineMilliseconds = 120_000
            return configuration
        } catch {
            preconditionFailure("a netmask is a plain option: \(error)")
        }
    }
}
