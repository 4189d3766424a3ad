import FastDHCP
import FoundationEssentials
import Node

extension Metric {
    /// All metrics, in the order of the page.
    static let all = contract + refusals + path + routes + node + journal + control

    /// `lease_total`, `pool_available` and `lease_active` keep the names that dashboards know from the Go program.
    private static let contract = [
        Metric(
            .counter, "cocoon_net_dhcp_lease_total", by: ["result"], "Leases granted, and leases that failed.",
            note: "`result` is `ok` or `failed`."
        ) {
            let granted = $0.commits.bound + $0.sum { $0.sent(.ack) }
            let failed = $0.commits.failed + $0.sum { $0.silenced(.poolExhausted) }
            return .each([(["ok"], granted), (["failed"], failed)])
        },
        Metric(
            .counter, "cocoon_net_dhcp_renewals_total",
            "Leases extended. `cocoon_net_dhcp_lease_total` counts them too."
        ) { reading in .one(reading.commits.extended + reading.sum { $0.sent(.ack) }) },
        Metric(
            .gauge, "cocoon_net_dhcp_pool_available", "Addresses that a VM without a reservation can get now."
        ) { .one(UInt64($0.pool.available)) },
        Metric(.gauge, "cocoon_net_dhcp_lease_active", "Addresses that are leased.") { .one(UInt64($0.pool[.bound])) },
        Metric(
            .gauge, "cocoon_net_dhcp_pool_addresses", by: ["state"], "Addresses by state. Each counts once.",
            note: "`state` is `free`, `offered`, `bound`, `declined`, `expired`, `quarantined`, or "
                + "`reserved`: free or expired, but reserved for a VM."
        ) { .each($0.addresses) },
        Metric(
            .gauge, "cocoon_net_serving", "1 while VMs on the bridge are served, else 0.",
            note: "0 means that the bridge is gone, down or cannot be served."
        ) { .one($0.serving.isServing ? 1 : 0) },
    ]

    private static let refusals = [
        Metric(
            .counter, "cocoon_net_dhcp_messages_total", by: ["type", "direction"],
            "DHCP messages by type and direction."
        ) { .each($0.messages) },
        Metric(
            .counter, "cocoon_net_dhcp_drops_total", by: ["reason"], "Dropped frames, by reason.",
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
            .counter, "cocoon_net_dhcp_ring_received_total", "Frames that the kernel wrote into the receive rings."
        ) { .one($0.sum(\.ringReceivedCount)) },
        Metric(
            .counter, "cocoon_net_dhcp_ring_lost_total", "Frames that the kernel lost because a receive ring was full."
        ) { .one($0.sum(\.ringLostCount)) },
        Metric(.counter, "cocoon_net_dhcp_unsent_replies_total", "Replies not sent because the transmit ring was full.")
        {
            .one($0.sum(\.unsentReplyCount) + $0.commits.unsentReplies)
        },
        Metric(
            .counter, "cocoon_net_dhcp_incomplete_replies_total",
            "Replies that lack a requested option because it did not fit.",
            note: "See [options](#options)."
        ) { .one($0.sum(\.incompleteReplyCount) + $0.commits.incompleteReplies) },
        Metric(
            .counter, "cocoon_net_dhcp_commits_total", by: ["result"], "Changes of bindings, by result.",
            note: "`result` is `ok`, or `failed` if the disk or the kernel refused the change."
        ) { .each([(["ok"], $0.commits.committed), (["failed"], $0.commits.failed)]) },
        Metric(.counter, "cocoon_net_dhcp_commit_batches_total", "Batches of changes that were committed.") {
            .one($0.commits.batches)
        },
        Metric(.histogram, "cocoon_net_dhcp_commit_batch_size", "Changes per committed batch.") {
            .distribution($0.commits.batchSizes, unit: 1)
        },
        Metric(.histogram, "cocoon_net_dhcp_commit_seconds", "Time to commit a batch, up to its last reply.") {
            .distribution($0.commits.batchTimes, unit: 1e9)
        },
    ]

    private static let routes = [
        Metric(
            .counter, "cocoon_net_dhcp_routes_total", by: ["change"],
            "Changes of the leases' host routes, by outcome.",
            note: "`change` is `added`, `removed`, or `refused`: by the kernel, or because of another program's route."
        ) {
            .each([
                (["added"], $0.routes.addedCount), (["removed"], $0.routes.removedCount),
                (["refused"], $0.routes.refusedCount),
            ])
        },
        Metric(
            .counter, "cocoon_net_dhcp_route_stalls_total", "Changes whose route was refused at first, and is retried."
        ) {
            .one($0.commits.stalled)
        },
        Metric(.counter, "cocoon_net_dhcp_route_batches_total", "Batches of route changes sent to the kernel.") {
            .one($0.routes.batchCount)
        },
        Metric(.histogram, "cocoon_net_dhcp_route_batch_seconds", "Time to apply a batch of route changes.") {
            .distribution($0.routes.batchTimes, unit: 1e9)
        },
        Metric(.counter, "cocoon_net_dhcp_route_errors_total", "Route changes that were refused.") {
            .one($0.routes.refusedCount)
        },
        Metric(
            .counter, "cocoon_net_dhcp_route_repairs_total",
            "Missing routes that were put back.", note: "Neighbour entries do not count."
        ) { .one($0.routes.repairCount) },
    ]

    private static let node = [
        Metric(
            .gauge, "cocoon_net_node_ok", by: ["item"], "1 while the item is as VMs need it, else 0.",
            note:
                "`item` is `bridge`, `nics`, `sysctls`, `local_routes`, `rules` or `conflist`, without those that the pool "
                + "does not have. See [the node](operations.md#the-node-is-kept)."
        ) { .each($0.node.report.map { ([$0.item.rawValue], $0.isRight ? 1 : 0) }) },
        Metric(
            .counter, "cocoon_net_node_repairs_total", by: ["item"],
            "How often the item was put back after another program had changed it."
        ) { .each($0.node.report.map { ([$0.item.rawValue], $0.repairCount) }) },
        Metric(
            .gauge, "cocoon_net_secondary_nics", by: ["state"],
            "The secondary NICs of pool.json, and those that exist.",
            note: "`state` is `expected` or `present`."
        ) {
            .each([
                (["expected"], UInt64($0.node.setup.secondaryNICs.count)),
                (["present"], UInt64($0.node.presentNICCount)),
            ])
        },
    ]

    private static let journal = [
        Metric(.counter, "cocoon_net_dhcp_journal_records_total", "Records that were written and synced.") {
            .one($0.journal.recordCount)
        },
        Metric(
            .counter, "cocoon_net_dhcp_journal_syncs_total", "Syncs of the journal. Each batch of changes takes one."
        ) {
            .one($0.journal.syncCount)
        },
        Metric(.histogram, "cocoon_net_dhcp_journal_sync_seconds", "Time to write and sync a batch.") {
            .distribution($0.journal.syncTimes, unit: 1e9)
        },
        Metric(.counter, "cocoon_net_dhcp_journal_failures_total", "Batches that the disk refused.") {
            .one($0.journal.failureCount)
        },
        Metric(
            .gauge, "cocoon_net_dhcp_journal_healthy", "1 while the journal can be written, else 0.",
            note: "Also 0 while the journal file is not in its place."
        ) { .one($0.journal.trouble == nil ? 1 : 0) },
        Metric(.counter, "cocoon_net_dhcp_journal_rewrites_total", "How often the journal was rewritten as a new file.")
        {
            .one($0.journal.replacementCount)
        },
        Metric(.gauge, "cocoon_net_dhcp_journal_bytes", "Bytes of records in the journal.") {
            .one($0.journal.byteCount)
        },
    ]

    private static let control = [
        Metric(.gauge, "cocoon_net_dhcp_export_lag_seconds", "How long leases.json has been behind the leases.") {
            .fraction(Double($0.status.export.lagMilliseconds(behind: $0.status.server)) / 1000)
        },
        Metric(.counter, "cocoon_net_dhcp_export_failures_total", "Rewrites of leases.json that failed.") {
            .one($0.status.export.failureCount)
        },
        Metric(.gauge, "cocoon_net_dhcp_event_listeners", "Programs that follow /v1/events.") {
            .one(UInt64($0.status.events.listenerCount))
        },
        Metric(.counter, "cocoon_net_dhcp_events_dropped_total", "Events lost because a listener was too slow.") {
            .one($0.status.events.droppedCount)
        },
        Metric(
            .counter, "cocoon_net_dhcp_reloads_total", by: ["result"], "Reloads of pool.json, by result.",
            note: "`result` is `ok` or `refused`."
        ) { .each([(["ok"], $0.status.reloader.acceptedCount), (["refused"], $0.status.reloader.refusedCount)]) },
        Metric(
            .gauge, "cocoon_net_dhcp_policy_generation", "The number of the policy in use.",
            note: "1 at the start. Each reload adds 1."
        ) { .one(UInt64($0.policy.generation)) },
        Metric(
            .gauge, "cocoon_net_dhcp_policy_loaded_time_seconds",
            "When the policy was read from pool.json, in seconds since 1970.",
            note: "If pool.json is newer, it has not been reloaded."
        ) { .fraction($0.status.reloader.loadedAt.timeIntervalSince1970) },
        Metric(.gauge, "cocoon_net_dhcp_reservations", "Reservations of the policy in use.") {
            .one(UInt64($0.policy.reservationCount))
        },
        Metric(.gauge, "cocoon_net_dhcp_build_info", by: ["version"], "The running version.", note: "Always 1.") {
            _ in .each([([Version.current], 1)])
        },
        Metric(
            .gauge, "cocoon_net_dhcp_start_time_seconds", "When the daemon started, in seconds since 1970."
        ) { .fraction($0.status.startedAt.timeIntervalSince1970) },
    ]
}
