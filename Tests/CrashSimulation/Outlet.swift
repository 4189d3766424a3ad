import FastDHCP

/// Passes replies and decisions to the world.
struct Outlet: PacketOutlet {
    unowned let world: World

    mutating func send(_ reply: inout Reply) -> Bool { world.transmit(reply) }
    mutating func flush() {}
    mutating func didReceive(_ request: borrowing MessageView) {}
    mutating func didDrop(_ reason: DropReason) { preconditionFailure("a plain request is dropped as \(reason)") }
    mutating func didDecide(_ decision: Decision, on request: borrowing MessageView, _ reply: inout Reply) {
        world.didDecide(decision, on: request)
    }
    mutating func didOrder(_ change: BindingChange) { world.worker(of: change.client)?.record(change) }
    mutating func didComplete(_ count: Int) {}
}
