import Foundation
import Synchronization
import TestSupport

/// Sends frames of a hostile VM as fast as it can, on a thread of its own, until it is stopped.
final class AttackStream: Sendable {
    private let socket: PacketSocket
    private let frames: [[UInt8]]
    private let isMutated: Bool
    private let sent = Atomic<Int>(0)
    private let isStopped = Atomic<Bool>(false)
    private let hasEnded = Atomic<Bool>(false)

    init(_ frames: [Frame], isMutated: Bool, on machine: Machine) throws {
        socket = try PacketSocket(in: machine.sandbox, on: machine.interface)
        (self.frames, self.isMutated) = (frames.map(\.bytes), isMutated)
    }

    func start() { Thread.detachNewThread { self.run() } }

    /// Ends the stream.
    /// - Returns: how many frames it has sent.
    func stop() -> Int {
        // ORDERING: the flags carry no other data; the count is read after the end of its thread.
        isStopped.store(true, ordering: .releasing)
        _ = eventually { hasEnded.load(ordering: .acquiring) }
        return sent.load(ordering: .relaxed)
    }

    private func run() {
        var random = SeededGenerator(seed: 0x6174_7461_636b)
        var next = 0
        // ORDERING: see `stop`.
        while !isStopped.load(ordering: .acquiring) {
            var frame = frames[next]
            next = (next + 1) % frames.count
            if isMutated { Self.mutate(&frame, with: &random) }
            // A full queue of the interface is the hostile VM's own loss.
            if (try? socket.send(frame)) != nil { sent.add(1, ordering: .relaxed) }
        }
        hasEnded.store(true, ordering: .releasing)
    }

    /// Changes up to four bytes behind the Ethernet addresses, and now and then the length.
    private static func mutate(_ frame: inout [UInt8], with random: inout SeededGenerator) {
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            frame[Int.random(in: 12..<frame.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
        }
        guard Int.random(in: 0..<8, using: &random) == 0 else { return }
        frame.removeLast(Int.random(in: 1..<frame.count - 14, using: &random))
    }
}
