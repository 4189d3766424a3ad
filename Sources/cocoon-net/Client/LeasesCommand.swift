import Addresses
import ArgumentParser
import FastDHCP
import Node

/// `cocoon-net leases`: lists the leases, releases one or reserves one.
struct LeasesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "leases", abstract: "Show the leases of this host, or change one.",
        subcommands: [ListCommand.self, ReleaseCommand.self, ReserveCommand.self], defaultSubcommand: ListCommand.self)

    static func table(_ leases: [JSON]) -> String {
        let keys = ["mac", "ip", "state", "expiry", "durable", "reserved", "hostname"]
        return cocoon_net.table(keys.map { $0.uppercased() }, leases.map { lease in keys.map(lease.cell) })
    }

    private static func address(_ text: String) throws -> IPv4Address {
        guard let address = IPv4Address(text) else {
            throw ValidationError("--address \"\(text)\" is not an IPv4 address; use an address of the pool")
        }
        return address
    }

    struct ListCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "list", abstract: "Show the leases of this host.")

        @Option(
            help: "Show one state only: bound, offered, declined, expired or quarantined. Default: bound and offered.",
            transform: state)
        var state: LeaseState?

        @Flag(help: "Show also the leases that have ended.")
        var all = false

        @OptionGroup var options: ControlOptions

        private static func state(_ text: String) throws -> LeaseState {
            guard let state = LeaseQuery.state(text) else {
                throw ValidationError("--state \"\(text)\" is not one of \(LeaseQuery.stateNames)")
            }
            return state
        }

        func run() async throws {
            var rows: [JSON] = []
            var after: String?
            repeat {
                let items = [state.map { "state=\($0)" }, after.map { "after=\($0)" }, "limit=10000"]
                let page = try await options.client.send(
                    .get, "/v1/leases?" + items.compactMap(\.self).joined(separator: "&"))
                rows += page.list("leases")
                after = if case .string(let next) = page["next"] { next } else { nil }
            } while after != nil
            if state == nil && !all { rows.removeAll { !["bound", "offered"].contains($0.cell("state")) } }
            options.show(.array(rows)) { _ in LeasesCommand.table(rows) }
        }
    }

    struct ReleaseCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "release",
            abstract: "End the lease of a VM that is gone, or free an address that is set aside.")

        @Argument(help: "The VM's MAC address.") var mac: ClientAddress?
        @Option(
            help: "Instead of a VM: a quarantined or declined address, which becomes available again.",
            transform: LeasesCommand.address)
        var address: IPv4Address?
        @OptionGroup var options: ControlOptions

        func validate() throws {
            guard (mac == nil) != (address == nil) else {
                throw ValidationError("name either a VM by its MAC address, or an address with --address")
            }
        }

        func run() async throws {
            if let mac {
                _ = try await options.client.send(.delete, "/v1/leases/\(mac.address)")
                options.show(.members(["mac": .text(mac.address), "state": .string("released")])) { _ in
                    "\(mac.address) no longer has a lease"
                }
            } else if let address {
                _ = try await options.client.send(.delete, "/v1/addresses/\(address)")
                options.show(.members(["ip": .text(address), "state": .string("available")])) { _ in
                    "\(address) is available again"
                }
            }
        }
    }

    struct ReserveCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "reserve", abstract: "Lease an address to a VM before it boots.")

        @Argument(help: "The VM's MAC address.") var mac: ClientAddress
        @Option(help: "The address to lease. Any free one if not given.", transform: LeasesCommand.address)
        var address: IPv4Address?
        @OptionGroup var options: ControlOptions

        func run() async throws {
            let lease = try await options.client.send(
                .put, "/v1/leases/\(mac.address)", body: .members(["ip": address.map { .text($0) }]))
            options.show(lease) { LeasesCommand.table([$0]) }
        }
    }
}
