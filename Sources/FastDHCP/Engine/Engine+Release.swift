import Addresses
import LinuxSystem

// DHCPRELEASE, DHCPDECLINE and DHCPINFORM, RFC 2131 sections 4.3.3 to 4.3.5.
extension Engine {
    /// A RELEASE counts when its IP source and ciaddr are the address that this client holds: anything else is a
    /// mistake or an attempt to take another's address away.
    mutating func decideRelease(_ request: borrowing MessageView, now: BootTime) -> Decision {
        let ciaddr = request.ciaddr
        guard isForThisServer(request), ciaddr == request.sourceAddress,
            let (slotIndex, slot) = record(of: request.chaddr), table.address(of: slotIndex) == ciaddr,
            slot.owner.state == .bound
        else { return .silence(.releaseRefused) }
        let change = submit(
            .release, slotIndex, heldAs: slot.owner, for: request.chaddr, deadline: now, holdUntil: now)
        return change.map { .commit($0) } ?? .silence(.releaseRefused)
    }

    /// The client found its address in use: nobody gets it for an hour. A client that declines everything cannot drain
    /// the pool.
    mutating func decideDecline(_ request: borrowing MessageView, now: BootTime) -> Decision {
        guard let requested = request.requestedIPAddress else { return .silence(.missingAddress) }
        let client = request.chaddr
        guard isForThisServer(request), let (slotIndex, slot) = record(of: client),
            table.address(of: slotIndex) == requested, slot.owner.state == .bound || slot.owner.state == .offered
        else { return .silence(.declineRefused) }
        guard clients.declinedCount(of: client) < configuration.declinesPerClient else {
            return .silence(.declineLimit)
        }
        let until = now + configuration.declineMilliseconds
        guard
            let change = submit(
                .decline, slotIndex, heldAs: slot.owner, for: client, deadline: until, holdUntil: until)
        else { return .silence(.changeInFlight) }
        clients.decline(slotIndex)
        return .commit(change)
    }

    /// The client has an address from elsewhere and asks for the rest. Never a lease, never a NAK.
    mutating func decideInform(_ request: borrowing MessageView, reply: inout Reply) -> Decision {
        let ciaddr = request.ciaddr
        guard ciaddr != .unspecified else { return .silence(.missingAddress) }
        guard configuration.subnet.contains(ciaddr) else { return .silence(.foreignSubnet) }
        prepare(&reply, .ack, answering: request)
        reply.ciaddr = ciaddr
        return .reply
    }

    /// Whether option 54 names us, or nobody.
    private func isForThisServer(_ request: borrowing MessageView) -> Bool {
        let server = request.serverIdentifier ?? .unspecified
        return server == .unspecified || server == configuration.serverAddress
    }
}
