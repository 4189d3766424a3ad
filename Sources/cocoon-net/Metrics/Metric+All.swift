import FastDHCP
import FoundationEssentials
import Node

extension Metric {
    /// All of them, in the order of the page.
    static let all = contract + refusals + path + routes + journal + control

    /// The first three are the names that dashboards know from the Go program.
    private static let contract = [
        Metric(
            .counter, "cocoon_net_dhcp_lease_total", by: ["result"], "Leases granted, and leases that could not be.",
            note: "`result` is `ok` or `failed`."
        ) {
            let granted = $0.commits.bound + $0.sum { $0.sent(.ack) }
            let failed = $0.commits.failed + $0.sum { $0.silenced(.poolExhausted) }
            return .each([(["ok"], granted), (["failed"], failed)])
        },
        Metric(
            .counter, "cocoon_net_dhcp_renewals_total", "Leases extended; `cocoon_net_dhcp_lease_total` has them, too."
        ) { reading in .one(reading.commits.extended + reading.sum { $0.sent(.ack) }) },
        Metric(
            .gauge, "cocoon_net_dhcp_pool_available", "Addresses that a client without a reservation can get now."
        ) { .one(UInt64($0.pool.available)) },
        Metric(.gauge, "cocoon_net_dhcp_lease_active", "Addresses that are leased.") { .one(UInt64($0.pool[.bound])) },
        Metric(
            .gauge, "cocoon_net_dhcp_pool_addresses", by: ["state"], "Addresses by state; each counts once.",
            note: "`state` is `free`, `offered`, `bound`, `declined`, `expired`, `quarantined`, or "
                + "`reserved`: free or expired, and kept for another client."
        ) { .each($0.addresses) },
        Metric(
            .gauge, "cocoon_net_serving", "1 while clients on the bridge are served, else 0.",
            note: "0: it is gone, down or cannot be served."
        ) { .one($0.serving.isServing ? 1 : 0) },
    ]

    private static let refusals = [
        Metric(
            .counter, "cocoon_net_dhcp_messages_total", by: ["type", "direction"],
            "DHCP messages by type and direction."
        ) { .each($0.messages) },
        Metric(
            .counter, "cocoon_net_dhcp_drops_total", by: ["reason"], "Frames that were dropped, by reason.",
            note: "See [drops](operations.md#drops)."
        ) { reading in
            .each(DropReason.allCases.map { reason in (["\(reason)"], reading.sum { $0.dropped(reason) }) })
        },
        Metric(
            .counter, "cocoon_net_dhcp_silence_total", by: ["reason"], "Messages that got no answer, by reason.",
            note: "See [silences](operations.md#silences)."
        ) { reading in
            .each(SilenceReason.allCases.map { reason in (["\(reason)"], reading.sum { $0.silenced(reason) }) })
        },
    ]

    private static let path = [
        Metric(
            .counter, "cocoon_net_dhcp_ring_received_total", "Frames that the kernel put into the receive rings."
        ) { .one($0.sum(\.ringReceivedCount)) },
        Metric(
            .counter, "cocoon_net_dhcp_ring_lost_total", "Frames that the kernel lost because a receive ring was full."
        ) { .one($0.sum(\.ringLostCount)) },
        Metric(.counter, "cocoon_net_dhcp_unsent_replies_total", "Replies that found the transmit ring full.") {
            .one($0.sum(\.unsentReplyCount) + $0.commits.unsentReplies)
        },
        Metric(
            .counter, "cocoon_net_dhcp_incomplete_replies_total",
            "Replies without an option that the client asked for and that had no room.",
            note: "See [options](#options)."
        ) { .one($0.sum(\.incompleteReplyCount) + $0.commits.incompleteReplies) },
        Metric(
            .counter, "cocoon_net_dhcp_commits_total", by: ["result"], "Changes of bindings, by what became of them.",
            note: "`result` is `ok`, or `failed`: disk or kernel refused."
        ) { .each([(["ok"], $0.commits.committed), (["failed"], $0.commits.failed)]) },
        Metric(.counter, "cocoon_net_dhcp_commit_batches_total", "Batches that changes were committed in.") {
            .one($0.commits.batches)
        },
        Metric(.histogram, "cocoon_net_dhcp_commit_batch_size", "How many changes a batch had.") {
            .distribution($0.commits.batchSizes, unit: 1)
        },
        Metric(.histogram, "cocoon_net_dhcp_commit_seconds", "How long a batch took, up to its last reply.") {
            .distribution($0.commits.batchTimes, unit: 1e9)
        },
    ]

    private static let routes = [
        Metric(
            .counter, "cocoon_net_dhcp_routes_total", by: ["change"],
            "Host routes of leases, by what became of them.",
            note: "`change` is `added`, `removed`, or `refused` by the kernel."
        ) {
            .each([
                (["added"], $0.routes.addedCount), (["removed"], $0.routes.removedCount),
                (["refused"], $0.routes.refusedCount),
            ])
        },
        Metric(.counter, "cocoon_net_dhcp_route_stalls_total", "Leases that the kernel would not route at first.") {
            .one($0.commits.stalled)
        },
        Metric(.counter, "cocoon_net_dhcp_route_batches_total", "Batches of routes that the kernel was given.") {
            .one($0.routes.batchCount)
        },
        Metric(.histogram, "cocoon_net_dhcp_route_batch_seconds", "How long such a batch took.") {
            .distribution($0.routes.batchTimes, unit: 1e9)
        },
        Metric(.counter, "cocoon_net_dhcp_route_errors_total", "Routes that the kernel refused.") {
            .one($0.routes.refusedCount)
        },
        Metric(
            .counter, "cocoon_net_dhcp_route_repairs_total",
            "Routes that somebody took away and that were put back.", note: "Neighbours count too."
        ) { .one($0.routes.repairCount) },
    ]

    private static let journal = [
        Metric(.counter, "cocoon_net_dhcp_journal_records_total", "Changes that were written and synced.") {
            .one($0.journal.recordCount)
        },
        Metric(.counter, "cocoon_net_dhcp_journal_syncs_total", "Syncs of the journal, one for a batch of changes.") {
            .one($0.journal.syncCount)
        },
        Metric(.histogram, "cocoon_net_dhcp_journal_sync_seconds", "How long such a sync took, with its write.") {
            .distribution($0.journal.syncTimes, unit: 1e9)
        },
        Metric(.counter, "cocoon_net_dhcp_journal_failures_total", "Batches that the disk refused.") {
            .one($0.journal.failureCount)
        },
        Metric(
            .gauge, "cocoon_net_dhcp_journal_healthy", "1 while the disk takes what is written, else 0.",
            note: "0 too while the journal is not in its place."
        ) { .one($0.journal.trouble == nil ? 1 : 0) },
        Metric(.counter, "cocoon_net_dhcp_journal_rewrites_total", "How often the journal was written anew.") {
            .one($0.journal.replacementCount)
        },
        Metric(.gauge, "cocoon_net_dhcp_journal_bytes", "Bytes of records in the journal.") {
            .one($0.journal.byteCount)
        },
    ]

    private static let control = [
        Metric(.gauge, "cocoon_net_dhcp_export_lag_seconds", "For how long leases.json has not shown all leases.") {
            .fraction(Double($0.status.export.lagMilliseconds(behind: $0.status.server)) / 1000)
        },
        Metric(.counter, "cocoon_net_dhcp_export_failures_total", "Rewrites of leases.json that failed.") {
            .one($0.status.export.failureCount)
        },
        Metric(.gauge, "cocoon_net_dhcp_event_listeners", "Who listens to /v1/events.") {
            .one(UInt64($0.status.events.listenerCount))
        },
        Metric(.counter, "cocoon_net_dhcp_events_dropped_total", "Events that a listener was too slow for.") {
            .one($0.status.events.droppedCount)
        },
        Metric(
            .counter, "cocoon_net_dhcp_reloads_total", by: ["result"], "Reloads of pool.json, by what became of them.",
            note: "`result` is `ok` or `refused`."
        ) { .each([(["ok"], $0.status.reloader.acceptedCount), (["refused"], $0.status.reloader.refusedCount)]) },
        Metric(
            .gauge, "cocoon_net_dhcp_policy_generation", "Which of this run's policies clients are served by.",
            note: "1 at the start, one more for each reload."
        ) { .one(UInt64($0.policy.generation)) },
        Metric(
            .gauge, "cocoon_net_dhcp_policy_loaded_time_seconds",
            "When the policy was read from pool.json, in seconds since 1970.",
            note: "A pool.json that is newer has not been reloaded."
        ) { .fraction($0.status.reloader.loadedAt.timeIntervalSince1970) },
        Metric(.gauge, "cocoon_net_dhcp_reservations", "Addresses that are kept for clients.") {
            .one(UInt64($0.policy.reservationCount))
        },
        Metric(.gauge, "cocoon_net_dhcp_build_info", by: ["version"], "The version that runs.", note: "Always 1.") {
            _ in .each([([Version.current], 1)])
        },
        Metric(
            .gauge, "cocoon_net_dhcp_start_time_seconds", "When the daemon started, in seconds since 1970."
        ) { .fraction($0.status.startedAt.timeIntervalSince1970) },
    ]
}
