import Addresses
import FastDHCP
import LinuxSystem

/// The leases that clients were promised, recorded apart from the engine. An address must not be promised to two clients at
/// once. A promise must survive a restart. A declined address must not be given out while others are available.
struct Promises {
    private struct Promise {
        var client: MACAddress
        var until: BootTime
    }

    private var promised: [IPv4Address: Promise] = [:]
    /// The bindings that a restart would find.
    private var durable: [IPv4Address: Promise] = [:]
    /// The change for each client's latest request.
    private var chosen: [MACAddress: BindingChange] = [:]
    /// Until when declined addresses are set aside.
    private var declined: [IPv4Address: BootTime] = [:]

    /// Records a reply that was sent.
    /// - Parameter change: the change that the reply waited for, if any. If its client has requested another address since,
    ///   the ACK promises nothing.
    mutating func make(_ reply: Reply, for change: BindingChange?, until: BootTime, now: BootTime) {
        guard reply.messageType != .nak, reply.yiaddr != .unspecified else { return }
        precondition(Host.pool.contains(reply.yiaddr), "\(reply.yiaddr) is not in the pool")
        if let promise = promised[reply.yiaddr], promise.until > now {
            precondition(promise.client == reply.chaddr, "\(reply.yiaddr) is given to two clients")
        }
        guard reply.messageType == .ack else { return }
        guard let durable = durable[reply.yiaddr], durable.client == reply.chaddr, until <= durable.until else {
            preconditionFailure("a restart would forget the lease of \(reply.yiaddr)")
        }
        if let change, let chosen = chosen[change.client], chosen.address != change.address { return }
        giveUpOthers(than: reply.yiaddr, of: reply.chaddr)
        promised[reply.yiaddr] = Promise(client: reply.chaddr, until: until)
    }

    /// Records what a client requested. A client that selects an address has no other one from then on (RFC 2131 section
    /// 4.4.1), whether or not the change reaches the disk.
    mutating func choose(_ change: BindingChange) {
        chosen[change.client] = change
        giveUpOthers(than: change.address, of: change.client)
    }

    private mutating func giveUpOthers(than address: IPv4Address, of client: MACAddress) {
        promised = promised.filter { $0.key == address || $0.value.client != client }
    }

    /// Records a change that became durable. A client that gave its address back has no promise any more.
    mutating func keep(_ change: BindingChange) {
        durable[change.address] =
            change.kind == .bind ? Promise(client: change.client, until: change.holdUntil) : nil
        declined[change.address] = change.kind == .decline ? change.deadline : nil
        guard change.kind != .bind, promised[change.address]?.client == change.client else { return }
        precondition(
            change.kind != .expire || promised[change.address]!.until <= change.deadline,
            "a lease ended before its time")
        promised[change.address] = nil
    }

    /// Checks that the table keeps every promise.
    /// - Parameter hadAvailable: whether an address was available when the step began. Only a dry pool may give out a
    ///   declined address.
    mutating func check(_ table: LeaseTable, hadAvailable: Bool, now: BootTime) {
        for (address, until) in declined {
            let state = table.slotIndex(of: address).flatMap { table.read($0)?.owner.state }
            guard state != .declined else { continue }
            precondition(until <= now || !hadAvailable, "\(address) was declined and is given out again")
            declined[address] = nil
        }
        for (address, promise) in promised where promise.until > now {
            guard let slotIndex = table.slotIndex(of: address), let slot = table.read(slotIndex) else {
                preconditionFailure("\(address) is unreadable with one worker")
            }
            precondition(
                slot.owner.isPending || slot.owner.client == promise.client && slot.owner.state == .bound,
                "\(address) no longer belongs to its client")
        }
    }
}
