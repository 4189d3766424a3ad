// What happens without a frame: timers fire, rounds begin and the storm ends.
extension Simulation {
    /// Starts the storm.
    package mutating func begin(at now: UInt64) {
        timers.begin(at: now)
        let needsPreparation = plan.mix.beginsWithLease
        for index in clients.indices where !needsPreparation || clients[index].scenario.beginsWithLease {
            ready.append(index)
        }
        start = now
        lastCompletion = now
        if needsPreparation {
            preparationCount = ready.count
            pacer = LoadPacer(.closed(window: Self.preparationWindow), from: now, for: nil)
        } else {
            phase = .measuring
            pacer = LoadPacer(plan.shape, from: now, for: plan.duration)
        }
    }

    /// How many clients at a time get the lease that their scenario begins with.
    private static var preparationWindow: Int { 64 }

    /// Does everything that is due by `now`.
    package mutating func advance(to now: UInt64) {
        while let index = timers.popFired(at: now) { fire(index, at: now) }
        if activeCount > 0, now >= lastProgress &+ timeoutNanoseconds { giveUpAll() }
        beginRounds(at: now)
        if activeCount == 0, outbox.isEmpty, ready.isEmpty || now >= pacer.end {
            endPhase(at: now)
            beginRounds(at: now)
        }
    }

    /// How long nothing is due if no frame arrives, at most 50 ms.
    package func nanosecondsUntilNextEvent(at now: UInt64) -> UInt64 {
        if hasOutgoing { return 0 }
        let wait = UInt64(timers.milliseconds(untilNextUpTo: 49) + 1) * 1_000_000
        return ready.isEmpty ? wait : pacer.nanosecondsUntilNext(at: now, limit: wait)
    }

    // MARK: Rounds

    private mutating func beginRounds(at now: UInt64) {
        while phase != .finished, !ready.isEmpty {
            guard let begin = pacer.next(at: now, activeCount: activeCount, clients: clients),
                let index = ready.popFirst()
            else { return }
            beginRound(index, since: begin, at: now)
        }
    }

    private mutating func beginRound(_ index: Int, since begin: UInt64, at now: UInt64) {
        if activeCount == 0 { lastProgress = now }
        clients[index].isInRound = true
        clients[index].roundStart = begin
        clients[index].began = now
        activeCount += 1
        tally.startedCount += 1
        switch (phase, clients[index].scenario) {
        case (.measuring, .renew): say(.renewing, index)
        case (.measuring, .initReboot): say(.rebooting, index)
        default: say(.selecting, index)
        }
    }

    /// Ends the round of a client that has reached the goal of its scenario.
    mutating func completeRound(_ index: Int, at now: UInt64) {
        endRound(index)
        tally.completedCount += 1
        if now <= pacer.end { tally.completedInTimeCount += 1 }
        lastCompletion = now
        lastProgress = now
        if phase == .measuring, plan.duration != nil, clients[index].scenario.canRepeat { ready.append(index) }
    }

    private mutating func giveUp(_ index: Int) {
        endRound(index)
        lose(index)
    }

    private mutating func lose(_ index: Int) {
        clients[index].state = .lost
        tally.lostCount += 1
    }

    /// Ends a storm in which no client has made progress for as long as a client tries. Clients that have not begun
    /// would fare no better.
    private mutating func giveUpAll() {
        for index in clients.indices where clients[index].isInRound { giveUp(index) }
        while let index = ready.popFirst() { lose(index) }
    }

    private mutating func endRound(_ index: Int) {
        timers.clear(index)
        clients[index].isInRound = false
        activeCount -= 1
    }

    /// Ends the storm or its preparation. After the preparation, all measurements so far are discarded.
    private mutating func endPhase(at now: UInt64) {
        if phase == .preparing {
            // If no client has a lease, those that have not begun would fare no better.
            let isHopeless = !clients.contains { $0.state == .bound }
            for index in clients.indices where clients[index].state != .lost {
                if isHopeless { lose(index) } else { ready.append(index) }
            }
        }
        guard phase == .preparing, !ready.isEmpty else {
            phase = .finished
            return
        }
        phase = .measuring
        pacer = LoadPacer(plan.shape, from: now, for: plan.duration)
        start = now
        lastCompletion = now
        tally.beginMeasuring()
        latencies = Latencies(of: plan.mix)
    }

    // MARK: Timers

    /// Sets the timer of a client that has just sent a message: to its next try, or to the time when it gives up.
    mutating func awaitAnswer(_ index: Int, at now: UInt64) {
        let client = clients[index]
        let purpose = UInt64(index) << 32 | UInt64(client.transaction) << 8 | UInt64(client.sendCount)
        let wait = backOff.nanoseconds(afterSend: Int(client.sendCount), noise: noise(purpose))
        timers.set(index, at: min(now &+ wait, client.roundStart &+ timeoutNanoseconds))
    }

    /// Lets a client that got a NAK start over after a pause: a server may refuse every request.
    mutating func pause(_ index: Int, at now: UInt64) {
        clients[index].state = .initial
        let client = clients[index]
        timers.set(index, at: min(now &+ Self.pauseNanoseconds, client.roundStart &+ timeoutNanoseconds))
    }

    private static var pauseNanoseconds: UInt64 { 1_000_000_000 }
    /// How many times a REQUEST is sent before the client tries another way (RFC 2131 section 3.1, step 5).
    private static var requestLimit: UInt8 { 4 }

    private mutating func fire(_ index: Int, at now: UInt64) {
        let client = clients[index]
        guard now < client.roundStart &+ timeoutNanoseconds else { return giveUp(index) }
        switch client.state {
        case .selecting: enqueue(index)
        case .initial: say(.selecting, index)
        case .renewing where client.sendCount >= Self.requestLimit: say(.rebinding, index)
        case .requesting where client.sendCount >= Self.requestLimit,
            .rebooting where client.sendCount >= Self.requestLimit:
            say(.selecting, index)
        case .requesting, .rebooting, .renewing, .rebinding: enqueue(index)
        case .off, .bound, .releasing, .lost: break
        }
    }
}
