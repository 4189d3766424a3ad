import FastDHCP
import LinuxSystem
import Synchronization

/// True time, which only the checker knows, and the two clocks that the server reads.
final class SimulatedClock: Sendable {
    private struct State {
        var elapsed: UInt64 = 1_000_000_000
        /// When the machine booted, in true time.
        var bootedAt: UInt64 = 990_000_000
        /// The wall clock's lead over true time; the least since the journal last followed it, and since a write began.
        var wallLead: UInt64 = 1_700_000_000_000
        var leastWallLead: UInt64 = 1_700_000_000_000
        var leastSinceBatch: UInt64 = 1_700_000_000_000
    }
    private let state = Mutex(State())

    /// True time in milliseconds.
    var elapsed: UInt64 { state.withLock { $0.elapsed } }

    var reading: ClockReading {
        state.withLock { state in
            ClockReading(
                boot: BootTime(milliseconds: state.elapsed - state.bootedAt),
                wall: WallTime(milliseconds: state.elapsed + state.wallLead))
        }
    }

    var boot: BootTime { reading.boot }

    /// By how much the wall clock was set forward without the journal having noticed: so much earlier may a restart
    /// think that a lease is over.
    var excess: UInt64 { state.withLock { $0.wallLead - $0.leastWallLead } }

    /// True time of an instant on the boot clock.
    func truth(of instant: BootTime) -> UInt64 { state.withLock { $0.bootedAt + instant.milliseconds } }

    func pass(_ milliseconds: UInt64) { state.withLock { $0.elapsed += milliseconds } }

    func setWall(forwardBy milliseconds: UInt64) { state.withLock { $0.wallLead += milliseconds } }

    func setWall(backBy milliseconds: UInt64) {
        state.withLock { state in
            state.wallLead -= milliseconds
            state.leastWallLead = min(state.leastWallLead, state.wallLead)
            state.leastSinceBatch = min(state.leastSinceBatch, state.wallLead)
        }
    }

    /// A batch is about to be written.
    func beginBatch() { state.withLock { $0.leastSinceBatch = $0.wallLead } }

    /// It is on the disk: the journal has followed the clock up to where that stood when the batch began.
    func recordFollowed() { state.withLock { $0.leastWallLead = $0.leastSinceBatch } }

    /// The machine boots anew.
    func reboot() { state.withLock { $0.bootedAt = $0.elapsed - 5_000 } }
}
