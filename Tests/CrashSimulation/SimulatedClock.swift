import FastDHCP
import LinuxSystem
import Synchronization

/// True time, which only the checker knows, and the two clocks that the server reads.
final class SimulatedClock: Sendable {
    private struct State {
        var elapsed: UInt64 = 1_000_000_000
        /// When the machine booted, in true time.
        var bootedAt: UInt64 = 990_000_000
        /// How far the wall clock is ahead of true time: now, the minimum since the journal last followed it, and the
        /// minimum since the latest batch began.
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

    /// How far the wall clock was set forward since the journal last followed it. A restart may end a lease too early
    /// by this much.
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

    /// The batch is on the disk, so the journal has followed the wall clock up to the start of the batch.
    func recordFollowed() { state.withLock { $0.leastWallLead = $0.leastSinceBatch } }

    /// Reboots the machine: the boot clock starts again, at 5 s.
    func reboot() { state.withLock { $0.bootedAt = $0.elapsed - 5_000 } }
}
