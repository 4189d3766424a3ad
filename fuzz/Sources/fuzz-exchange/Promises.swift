import Addresses
import FastDHCP

/// What clients were told, kept apart from the engine: no address may be promised to two of them at once.
struct Promises {
    private struct Promise {
        var client: MACAddress
        var until: BootTime
    }

    private var promised: [IPv4Address: Promise] = [:]

    /// Notes a reply that left.
    mutating func make(_ reply: Reply, until: BootTime, now: BootTime) {
        guard reply.messageType != .nak, reply.yiaddr != .unspecified else { return }
        precondition(Host.pool.contains(reply.yiaddr), "\(reply.yiaddr) is not in the pool")
        if let promise = promised[reply.yiaddr], promise.until > now {
            precondition(promise.client == reply.chaddr, "\(reply.yiaddr) is given to two clients")
        }
        guard reply.messageType == .ack else { return }
        // A client that is told of another address gives up the one before.
        for (address, promise) in promised where promise.client == reply.chaddr && address != reply.yiaddr {
            promised[address] = nil
        }
        promised[reply.yiaddr] = Promise(client: reply.chaddr, until: until)
    }

    /// Notes a change that became durable: a client that gave its address back is promised nothing.
    mutating func keep(_ change: BindingChange) {
        guard change.kind != .bind, promised[change.address]?.client == change.client else { return }
        precondition(
            change.kind != .expire || promised[change.address]!.until <= change.deadline,
            "a lease ended before its time")
        promised[change.address] = nil
    }

    /// Every promise stands in the table.
    func check(_ table: LeaseTable, now: BootTime) {
        for (address, promise) in promised where promise.until > now {
            guard let slotIndex = table.slotIndex(of: address), let slot = table.read(slotIndex) else {
                preconditionFailure("\(address) is unreadable with one worker")
            }
            precondition(
                slot.holder.isPending || slot.holder.client == promise.client && slot.holder.state == .bound,
                "\(address) is not its client's any more")
        }
    }
}
