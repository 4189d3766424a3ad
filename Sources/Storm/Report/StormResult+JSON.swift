package import FoundationEssentials

extension StormResult {
    /// The result for programs: one JSON object with sorted keys.
    package func json() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(StormDocument(self))
    }
}

/// The JSON object's members. The names of times end in their units.
private struct StormDocument: Encodable {
    let interface: String
    let clients: Int
    let scenario: Scenario?
    let mix: [String: MixPartDocument]?
    let shape: String
    let window: Int?
    let ratePerSecond: Double?
    let durationSeconds: Double?
    let rapidCommit: Bool
    let seed: UInt64

    let elapsedSeconds: Double
    let roundsPerSecond: Double
    let started, completed, completedInTime, lost: Int
    let discovers, requests, releases, resends: Int
    let offers, acks, naks: Int
    let strayReplies, floodedReplies, incompleteReplies, unreadableFrames: Int
    let duplicateAddresses: Int
    let framesLostInReceiveRing, framesNotSent: UInt64
    let machineUserSeconds, machineSystemSeconds, machineSoftirqSeconds, serverSeconds: Double?
    let offer, acknowledgement, lease: LatencyDocument?
    let problems: [String]

    init(_ result: StormResult) {
        let plan = result.plan, tally = result.tally
        interface = result.interfaceName
        clients = plan.clientCount
        scenario = plan.mix.single
        mix = plan.mix.single == nil ? MixPartDocument.all(of: result) : nil
        shape = plan.shape.name
        switch plan.shape {
        case .avalanche(let burst): (window, ratePerSecond) = (burst, nil)
        case .closed(let size): (window, ratePerSecond) = (size, nil)
        case .open(let perSecond): (window, ratePerSecond) = (nil, perSecond)
        }
        durationSeconds = plan.duration.map { $0 / .seconds(1) }
        rapidCommit = plan.asksForRapidCommit
        seed = plan.seed
        elapsedSeconds = result.elapsed / .seconds(1)
        roundsPerSecond = result.roundsPerSecond
        (started, completed, lost) = (tally.startedCount, tally.completedCount, tally.lostCount)
        completedInTime = tally.completedInTimeCount
        (discovers, requests, releases) = (tally.discoverCount, tally.requestCount, tally.releaseCount)
        resends = tally.resendCount
        (offers, acks, naks) = (tally.offerCount, tally.ackCount, tally.nakCount)
        (strayReplies, floodedReplies) = (tally.strayCount, tally.floodedCount)
        incompleteReplies = tally.incompleteCount
        unreadableFrames = tally.unreadableCount
        duplicateAddresses = tally.duplicateCount
        framesLostInReceiveRing = result.rings.receiveCount
        framesNotSent = result.rings.transmitCount
        offer = LatencyDocument(result.latencies.offer)
        acknowledgement = LatencyDocument(result.latencies.acknowledgement)
        lease = LatencyDocument(result.latencies.lease)
        let times = result.processorTimes
        (machineUserSeconds, machineSystemSeconds) = (times?.user, times?.system)
        (machineSoftirqSeconds, serverSeconds) = (times?.softirq, times?.server)
        problems = result.problems
    }
}

/// One scenario of a mix.
private struct MixPartDocument: Encodable {
    let weight: Int
    let lease: LatencyDocument?

    static func all(of result: StormResult) -> [String: MixPartDocument] {
        var documents: [String: MixPartDocument] = [:]
        for (part, wait) in zip(result.plan.mix.parts, result.latencies.leaseByScenario) {
            documents[part.scenario.rawValue] = MixPartDocument(
                weight: part.weight, lease: LatencyDocument(wait.histogram))
        }
        return documents
    }
}

/// One kind of wait.
private struct LatencyDocument: Encodable {
    let count: UInt64
    let minMicroseconds, meanMicroseconds, p50Microseconds, p90Microseconds: Double
    let p99Microseconds, p999Microseconds, maxMicroseconds: Double

    /// Nil if nothing was measured.
    init?(_ histogram: LatencyHistogram) {
        guard histogram.count > 0 else { return nil }
        func microseconds(_ percentile: Double) -> Double { Double(histogram.percentile(percentile)) / 1000 }
        count = histogram.count
        minMicroseconds = Double(histogram.shortest) / 1000
        meanMicroseconds = histogram.mean / 1000
        p50Microseconds = microseconds(50)
        p90Microseconds = microseconds(90)
        p99Microseconds = microseconds(99)
        p999Microseconds = microseconds(99.9)
        maxMicroseconds = Double(histogram.longest) / 1000
    }
}
