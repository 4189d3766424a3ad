package import Addresses
import FastDHCP
import LinuxSystem

/// A server that does no work: it answers each message at once, without a lease, the disk or a route. What it
/// does in a second is what the machine and the load generator can do.
package final class Reflector: Sendable {
    private let stopping = StopFlag()
    private let thread: WorkerThread

    /// Opens rings on the interface called `name` in the calling thread's network namespace, and answers from
    /// then on.
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

    /// Ends the answers, within 50 ms.
    package func stop() {
        stopping.set()
        thread.join()
    }

    /// The address that a client gets: 10 and the last three bytes of its MAC address, which differ for all
    /// clients of one storm.
    package static func address(for chaddr: MACAddress) -> IPv4Address {
        IPv4Address(rawValue: 10 << 24 | UInt32(truncatingIfNeeded: chaddr.rawValue) & 0xFF_FFFF)
    }
}
