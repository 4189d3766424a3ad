import FastDHCP
import FoundationEssentials
import Node

/// The server's counters as Prometheus text (exposition format 0.0.4).
struct MetricsPage: Sendable {
    let status: StatusView
    let serving: ServingState
    let routes: RouteCounters

    private var server: Server { status.server }
    private var journal: JournalCounters { status.journal }

    /// Reads all counters now.
    func render() -> String {
        var page = PrometheusText()
        writeContract(to: &page)
        writeServing(to: &page)
        writeMessages(to: &page)
        writeRefusals(to: &page)
        writePath(to: &page)
        writeRoutes(to: &page)
        writeJournal(to: &page)
        writeControl(to: &page)
        return page.text
    }

    /// The names that dashboards know from the Go program.
    private func writeContract(to page: inout PrometheusText) {
        let commits = server.commitCounters
        page.begin("cocoon_net_dhcp_lease_total", .counter, "Leases granted, and leases that could not be.")
        page.sample(["result": "ok"], commits.bound + sum { $0.sent(.ack) })
        page.sample(["result": "failed"], commits.failed + sum { $0.silenced(.poolExhausted) })
        let pool = server.poolCounts
        page.begin(
            "cocoon_net_dhcp_pool_available", .gauge, "Addresses that a client without a reservation can get now.")
        page.sample([:], UInt64(pool.available))
        page.begin("cocoon_net_dhcp_lease_active", .gauge, "Addresses that are leased.")
        page.sample([:], UInt64(pool[.bound]))
        page.begin("cocoon_net_dhcp_pool_addresses", .gauge, "Addresses by state; each counts once.")
        for state in LeaseState.allCases { page.sample(["state": "\(state)"], UInt64(pool[state])) }
        page.sample(["state": "reserved"], UInt64(pool.reserved))
    }

    private func writeServing(to page: inout PrometheusText) {
        page.begin("cocoon_net_serving", .gauge, "1 while clients on the bridge are served, else 0.")
        page.sample([:], serving.isServing ? 1 : 0)
    }

    private func writeMessages(to page: inout PrometheusText) {
        page.begin("cocoon_net_dhcp_messages_total", .counter, "DHCP messages by type and direction.")
        for type in [MessageType.discover, .request, .decline, .release, .inform] {
            page.sample(["type": "\(type)", "direction": "in"], sum { $0.received(type) })
        }
        for type in [MessageType.offer, .ack, .nak] {
            let committed = type == .ack ? server.commitCounters.sentReplies : 0
            page.sample(["type": "\(type)", "direction": "out"], sum { $0.sent(type) } + committed)
        }
    }

    private func writeRefusals(to page: inout PrometheusText) {
        page.begin("cocoon_net_dhcp_drops_total", .counter, "Frames that were dropped, by reason.")
        for reason in DropReason.allCases { page.sample(["reason": "\(reason)"], sum { $0.dropped(reason) }) }
        page.begin("cocoon_net_dhcp_silence_total", .counter, "Messages that got no answer, by reason.")
        for reason in SilenceReason.allCases { page.sample(["reason": "\(reason)"], sum { $0.silenced(reason) }) }
    }

    private func writePath(to page: inout PrometheusText) {
        page.begin(
            "cocoon_net_dhcp_ring_received_total", .counter, "Frames that the kernel put into the receive rings.")
        page.sample([:], sum(\.ringReceivedCount))
        page.begin(
            "cocoon_net_dhcp_ring_lost_total", .counter, "Frames that the kernel lost because a receive ring was full.")
        page.sample([:], sum(\.ringLostCount))
        page.begin("cocoon_net_dhcp_unsent_replies_total", .counter, "Replies that found the transmit ring full.")
        page.sample([:], sum(\.unsentReplyCount) + server.commitCounters.unsentReplies)
        page.begin(
            "cocoon_net_dhcp_incomplete_replies_total", .counter,
            "Replies without an option that the client asked for and that had no room.")
        page.sample([:], sum(\.incompleteReplyCount) + server.commitCounters.incompleteReplies)
        page.begin("cocoon_net_dhcp_commits_total", .counter, "Changes of bindings, by what became of them.")
        page.sample(["result": "ok"], server.commitCounters.committed)
        page.sample(["result": "failed"], server.commitCounters.failed)
        page.begin("cocoon_net_dhcp_commit_batches_total", .counter, "Batches that changes were committed in.")
        page.sample([:], server.commitCounters.batches)
        page.begin("cocoon_net_dhcp_commit_batch_size", .histogram, "How many changes a batch had.")
        page.distribution(server.commitCounters.batchSizes, unit: 1)
        page.begin("cocoon_net_dhcp_commit_seconds", .histogram, "How long a batch took, up to its last reply.")
        page.distribution(server.commitCounters.batchTimes, unit: 1e9)
    }

    private func writeRoutes(to page: inout PrometheusText) {
        page.begin("cocoon_net_dhcp_routes_total", .counter, "Host routes of leases, by what became of them.")
        page.sample(["change": "added"], routes.addedCount)
        page.sample(["change": "removed"], routes.removedCount)
        page.sample(["change": "refused"], routes.refusedCount)
        page.begin("cocoon_net_dhcp_route_stalls_total", .counter, "Leases that the kernel would not route at first.")
        page.sample([:], server.commitCounters.stalled)
        page.begin("cocoon_net_dhcp_route_batches_total", .counter, "Batches of routes that the kernel was given.")
        page.sample([:], routes.batchCount)
        page.begin("cocoon_net_dhcp_route_batch_seconds", .histogram, "How long such a batch took.")
        page.distribution(routes.batchTimes, unit: 1e9)
        page.begin("cocoon_net_dhcp_route_errors_total", .counter, "Routes that the kernel refused.")
        page.sample([:], routes.refusedCount)
        page.begin(
            "cocoon_net_dhcp_route_repairs_total", .counter, "Routes that somebody took away and that were put back.")
        page.sample([:], routes.repairCount)
    }

    private func writeJournal(to page: inout PrometheusText) {
        page.begin("cocoon_net_dhcp_journal_records_total", .counter, "Changes that were written and synced.")
        page.sample([:], journal.recordCount)
        page.begin("cocoon_net_dhcp_journal_syncs_total", .counter, "Syncs of the journal, one for a batch of changes.")
        page.sample([:], journal.syncCount)
        page.begin("cocoon_net_dhcp_journal_sync_seconds", .histogram, "How long such a sync took, with its write.")
        page.distribution(journal.syncTimes, unit: 1e9)
        page.begin("cocoon_net_dhcp_journal_failures_total", .counter, "Batches that the disk refused.")
        page.sample([:], journal.failureCount)
        page.begin("cocoon_net_dhcp_journal_healthy", .gauge, "1 while the disk takes what is written, else 0.")
        page.sample([:], journal.trouble == nil ? 1 : 0)
        page.begin("cocoon_net_dhcp_journal_rewrites_total", .counter, "How often the journal was written anew.")
        page.sample([:], journal.replacementCount)
        page.begin("cocoon_net_dhcp_journal_bytes", .gauge, "Bytes of records in the journal.")
        page.sample([:], journal.byteCount)
    }

    private func writeControl(to page: inout PrometheusText) {
        page.begin("cocoon_net_dhcp_export_lag_seconds", .gauge, "For how long leases.json has not shown all leases.")
        page.sample(Double(status.export.lagMilliseconds(behind: server)) / 1000)
        page.begin("cocoon_net_dhcp_export_failures_total", .counter, "Rewrites of leases.json that failed.")
        page.sample([:], status.export.failureCount)
        page.begin("cocoon_net_dhcp_event_listeners", .gauge, "Who listens to /v1/events.")
        page.sample([:], UInt64(status.events.listenerCount))
        page.begin("cocoon_net_dhcp_events_dropped_total", .counter, "Events that a listener was too slow for.")
        page.sample([:], status.events.droppedCount)
        page.begin("cocoon_net_dhcp_reloads_total", .counter, "Reloads of pool.json, by what became of them.")
        page.sample(["result": "ok"], status.reloader.acceptedCount)
        page.sample(["result": "refused"], status.reloader.refusedCount)
        let policy = server.policies.present
        page.begin("cocoon_net_dhcp_policy_generation", .gauge, "Which of this run's policies guests are served by.")
        page.sample([:], UInt64(policy.generation))
        page.begin("cocoon_net_dhcp_reservations", .gauge, "Addresses that are kept for clients.")
        page.sample([:], UInt64(policy.reservationCount))
        page.begin("cocoon_net_dhcp_build_info", .gauge, "The version that runs.")
        page.sample(["version": Version.current], 1)
        page.begin("cocoon_net_dhcp_start_time_seconds", .gauge, "When the daemon started, in seconds since 1970.")
        page.sample(status.startedAt.timeIntervalSince1970)
    }

    /// A count over all workers.
    private func sum(_ count: (WorkerCounters) -> UInt64) -> UInt64 { server.workerCounters.map(count).reduce(0, +) }
}
