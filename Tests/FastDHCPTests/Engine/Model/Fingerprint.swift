import Addresses

import LinuxSystem
@testable import FastDHCP

extension CheckedServer {
    /// Everything that can influence what comes next. Of two runs with the same fingerprint, only one needs to be
    /// continued.
    ///
    /// Times are relative to now, and changes are in order. Taking the fingerprint empties the queue of available
    /// addresses, so the server cannot be used afterwards.
    func takeFingerprint(clients: Int) -> [Int] {
        var print: [Int] = []
        for slotIndex in addresses.indices {
            let slot = rig.slot(addresses[slotIndex])
            print += [Int(slot.owner.rawValue), away(slot.deadline), Int(slot.durable.owner.rawValue)]
            print += [away(slot.durable.deadline), away(slot.durable.holdUntil)]
        }
        for client in (0..<clients).map(mac) {
            let promise = promises[client]
            print += [promise.map { Int($0.address.rawValue) } ?? 0, promise.map { away($0.until) } ?? 0]
            print += [rig.indexedSlot(of: client) ?? -1, rig.declinedCount(of: client)]
        }
        for rigWorker in rig.rigWorkers { appendState(of: rigWorker, to: &print) }
        appendQueue(to: &print)
        return print
    }

    /// Milliseconds until then; 0 for all of the past.
    private func away(_ instant: BootTime) -> Int { Int(clamping: instant.millisecondsSince(rig.now)) }

    private func appendState(of rigWorker: EngineRig.RigWorker, to print: inout [Int]) {
        for pending in rigWorker.inFlight {
            let change = pending.change
            let isAwaited = change.hasReply && pending.reply.xid == conversations[change.client, default: 0]
            print += [Int(change.kind.rawValue), Int(change.slotIndex), Int(change.client.rawValue)]
            print += [away(change.deadline), isAwaited ? 1 : 0]
        }
        for request in rigWorker.deferred.values.sorted(by: { $0.chaddr < $1.chaddr }) {
            let addresses = [request.ciaddr, request.requestedIPAddress, request.serverIdentifier]
            print += [-2, Int(request.messageType.rawValue), Int(request.chaddr.rawValue)]
            print += addresses.map { Int($0?.rawValue ?? 0) }
            print.append(request.xid == conversations[request.chaddr, default: 0] ? 1 : 0)
        }
        for list in [DeadlineLists.List.offered, .declined] {
            print.append(-1)
            var next = rigWorker.handler.engine.deadlines.first(list)
            while let slotIndex = next {
                print.append(slotIndex)
                next = rigWorker.handler.engine.deadlines.slot(after: slotIndex)
            }
        }
    }

    private func appendQueue(to print: inout [Int]) {
        while let (slotIndex, stamp) = rig.table.queue.removeFirst() {
            let deadline = rig.slot(addresses[slotIndex]).deadline.milliseconds
            print += [slotIndex, stamp == UInt32(truncatingIfNeeded: deadline) ? 1 : 0]
        }
    }
}
