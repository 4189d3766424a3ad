import FastDHCP
import FoundationEssentials
import Glibc
import Node

/// The daemon's status: the answer to `GET /v1/status`.
struct StatusView: Sendable {
    let server: Server
    let interface: String
    let journal: JournalCounters
    let export: LeaseExport
    let events: LeaseEvents
    let reloader: Reloader
    let startedAt: Date

    func json() -> JSON {
        let configuration = server.configuration
        let policy = server.policies.present
        let counts = server.poolCounts
        let states = LeaseState.allCases.map { JSON.Member("\($0)", .number(counts[$0])) }
        let pool =
            states + [
                JSON.Member("reserved", .number(counts.reserved)), JSON.Member("available", .number(counts.available)),
            ]
        return .members([
            "version": .string(Version.current), "pid": .number(getpid()), "startedAt": Self.text(startedAt),
            "interface": .string(interface), "gateway": .text(configuration.engine.serverAddress),
            "subnet": .text(configuration.engine.subnet), "leaseSeconds": .number(policy.times.leaseSeconds),
            "workers": .number(configuration.workerCount), "pool": .object(pool),
            "reservations": .number(policy.reservationCount),
            "policy": .members(["generation": .number(policy.generation), "loadedAt": Self.text(reloader.loadedAt)]),
            "journal": .members([
                "healthy": .bool(journal.trouble == nil), "error": journal.trouble.map { .text($0) },
            ]),
            "export": .members([
                "path": .string(export.path), "lagMilliseconds": .number(export.lagMilliseconds(behind: server)),
            ]),
            "events": .members([
                "listeners": .number(events.listenerCount), "dropped": .number(events.droppedCount),
            ]),
        ])
    }

    private static func text(_ date: Date) -> JSON { .string(date.formatted(.iso8601)) }
}
