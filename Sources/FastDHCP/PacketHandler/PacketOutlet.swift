/// Where a packet handler's replies leave, and who hears what it does.
public protocol PacketOutlet: ReplySink, ~Copyable {
    /// Hears of a message that was understood and is about to be decided.
    mutating func didReceive(_ request: borrowing MessageView)

    /// Hears of a frame that is no message for the server.
    mutating func didDrop(_ reason: DropReason)

    /// Hears what was decided about a message, when its reply has left or its changes are with the committer.
    /// - Parameter reply: the prepared reply, if the decision has one; inout so that nothing of it is copied.
    mutating func didDecide(_ decision: Decision, on request: borrowing MessageView, _ reply: inout Reply)

    /// Hears of a change that the control side ordered.
    mutating func didOrder(_ change: BindingChange)

    /// Hears that the table shows the outcome of so many changes more.
    mutating func didComplete(_ count: Int)
}
