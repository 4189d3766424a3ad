import FastDHCP

/// One worker: its engine, and what runs between it and the committer.
final class Desk {
    var engine: Engine
    let queue: CommitQueue
    var reply = Reply()

    init(_ engine: consuming Engine) throws(SystemError) {
        self.engine = engine
        queue = try CommitQueue()
    }

    var commitRoom: Int { min(CommitQueue.capacity - engine.changesInFlight, queue.pending.room) }

    func submit(_ change: BindingChange) {
        queue.append(change, reply)
    }

    func takeCompletions(now: BootTime) {
        while queue.completions.count > 0 {
            let completion = queue.completions[0]
            queue.completions.removeFirst(1)
            engine.complete(completion, now: now)
        }
    }

    func expire(now: BootTime) {
        var ended: [BindingChange] = []
        _ = engine.expire(now: now, commitRoom: commitRoom) { ended.append($0) }
        for change in ended { submit(change) }
    }
}
