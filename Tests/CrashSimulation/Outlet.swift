import FastDHCP

/// Where replies leave, and where the world sees what was decided.
struct Outlet: PacketOutlet {
    unowned let world: World

    mutating func send(_ reply: inout Reply) -> Bool { world.transmit(reply) }
    mutating func flush() {}
    mutating func noteReceived(_ request: borrowing MessageView) {}
    mutating func noteDropped(_ reason: DropReason) { preconditionFailure("a plain request is dropped as \(reason)") }
    mutating func note(_ decision: Decision, on request: borrowing MessageView, _ reply: inout Reply) {
        world.note(decision, on: request)
    }
    mutating func noteOrdered(_ change: BindingChange) { world.desk(of: change.client)?.note(change) }
    mutating func noteCompleted(_ count: Int) {}
}
