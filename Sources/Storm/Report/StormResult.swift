/// The result of a storm.
package struct StormResult: Sendable {
    package let plan: StormPlan
    package let interfaceName: String
    package let ending: StormEnding
    package let tally: StormTally
    package let latencies: Latencies
    package let rings: RingLosses
    /// From the beginning of the first round to the completion of the last one.
    package let elapsed: Duration
    /// The processor time of the machine and the server during the storm, preparation included.
    package internal(set) var processorTimes: ProcessorTimes?

    init(_ simulation: borrowing Simulation, on interfaceName: String, _ ending: StormEnding, _ rings: RingLosses) {
        plan = simulation.plan
        self.interfaceName = interfaceName
        self.ending = ending
        tally = simulation.tally
        latencies = simulation.latencies
        self.rings = rings
        elapsed = .nanoseconds(Int64(clamping: simulation.lastCompletion - simulation.start))
    }

    /// Completed rounds per second, counted during the storm's duration or until the last round was completed.
    package var roundsPerSecond: Double {
        let time = min(plan.duration ?? elapsed, elapsed) / .seconds(1)
        return time > 0 ? Double(tally.completedInTimeCount) / time : 0
    }
}

/// How a storm ended.
package enum StormEnding: Equatable, Sendable {
    case completed
    case interrupted
    case failed(String)
}

/// Frames that the load generator lost.
package struct RingLosses: Equatable, Sendable {
    /// Replies that found the load generator's receive ring full.
    package let receiveCount: UInt64
    /// Messages that could not leave, because the interface was down or gone.
    package let transmitCount: UInt64
}

extension StormResult {
    /// What went wrong, one sentence per problem; empty if the server did all that was asked of it.
    package var problems: [String] {
        var problems: [String] = []
        switch ending {
        case .completed: break
        case .interrupted: problems.append("the storm was interrupted")
        case .failed(let reason): return [reason]
        }
        if let duplicate = tally.firstDuplicate {
            problems.append("addresses were given twice, \(grouped(tally.duplicateCount)) times: \(duplicate)")
        }
        if rings.transmitCount > 0 {
            problems.append("\(grouped(rings.transmitCount)) frames could not leave: set interface \(interfaceName) up")
        } else if tally.lostCount > 0 {
            problems.append(lossSentence)
        }
        return problems
    }

    private var lossSentence: String {
        let patience = durationText(plan.timeout)
        if tally.offerCount + tally.ackCount + tally.nakCount == 0 {
            return "nobody answered within \(patience): is there a DHCP server behind \(interfaceName)? "
                + "Start one there; to reach a server on a bridge of this host, use --bridge"
        }
        let lost = "\(grouped(tally.lostCount)) of \(grouped(plan.clientCount)) clients"
        let refusals = tally.nakCount > 0 ? "; it refused \(grouped(tally.nakCount)) times" : ""
        return "\(lost) got no lease within \(patience): enlarge the server's pool if it is full; if the server is "
            + "slow, give the clients a longer --timeout" + refusals
    }
}
