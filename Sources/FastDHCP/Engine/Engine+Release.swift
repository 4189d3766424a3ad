import Addresses
import LinuxSystem

// DHCPRELEASE, DHCPDECLINE and DHCPINFORM, RFC 2131 sections 4.3.3 to 4.3.5.
extension Engine {
    /// A RELEASE counts only if its IP source and its ciaddr are the address that this client holds. Any other RELEASE
    /// is a mistake, or an attempt to take an address away from another client.
    mutating func decideRelease(_ request: borrowing MessageView, now: BootTime) -> Decision {
        let ciaddr = request.ciaddr
        guard isForThisServer(request), ciaddr == request.sourceAddress,
            let (slotIndex, slot) = recall(ciaddr, of: request.chaddr), slot.owner.state == .bound
        else { return .silence(.releaseRefused) }
        let change = submit(
            .release, slotIndex, heldAs: slot.owner, for: request.chaddr, deadline: now, holdUntil: now)
        return change.map { .commit($0) } ?? .silence(.releaseRefused)
    }

    /// The client found its address in use: the address is set aside for an hour, or until the pool is dry. The number
    /// of declined addresses per client is limited, so that one client cannot drain the pool.
    mutating func decideDecline(_ request: borrowing MessageView, now: BootTime) -> Decision {
        guard let requested = request.requestedIPAddress else { return .silence(.missingAddress) }
        let client = request.chaddr
        guard isForThisServer(request), let (slotIndex, slot) = recall(requested, of: client),
            slot.owner.state == .bound || slot.owner.state == .offered
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

    /// The client has an address from elsewhere and asks for options only. It never gets a lease or a NAK.
    mutating func decideInform(_ request: borrowing MessageView, reply: inout Reply) -> Decision {
        let ciaddr = request.ciaddr
        guard ciaddr != .unspecified else { return .silence(.missingAddress) }
        guard configuration.subnet.contains(ciaddr) else { return .silence(.foreignSubnet) }
        prepare(&reply, .ack, answering: request)
        reply.ciaddr = ciaddr
        return .reply
    }

    /// Whether option 54 names this server, or no server.
    private func isForThisServer(_ request: borrowing MessageView) -> Bool {
        let server = request.serverIdentifier ?? .unspecified
        return server == .unspecified || server == configuration.serverAddress
    }
}
