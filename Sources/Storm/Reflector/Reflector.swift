package import Addresses
import FastDHCP
import LinuxSystem

/// A server that does no work: it answers each message immediately, without leases, disk or routes. Its rate is the
/// limit of the machine and the load generator.
package final class Reflector: Sendable {
    private let stopping = StopFlag()
    private let thread: WorkerThread

    /// Opens rings on the interface called `name` in the calling thread's network namespace, and starts to answer.
    package init(onInterface name: String) throws(StormError) {
        let interface: InterfaceIdentity
        do { interface = try InterfaceIdentity(named: name) } catch { throw .interface(error) }
        let carrier = LoopCarrier(try ReflectorLoop(on: interface))
        let stopping = stopping
        do {
            thread = try WorkerThread(name: "reflector") { carrier.loop.run(until: stopping) }
        } catch {
            throw .system(error)
        }
    }

    /// Stops answering, within 50 ms.
    package func stop() {
        stopping.set()
        thread.join()
    }

    /// The address that a client gets: 10 and the last three bytes of its MAC address, which differ for all clients of
    /// a storm.
    package static func address(for chaddr: MACAddress) -> IPv4Address {
        IPv4Address(rawValue: 10 << 24 | UInt32(truncatingIfNeeded: chaddr.rawValue) & 0xFF_FFFF)
    }
}
