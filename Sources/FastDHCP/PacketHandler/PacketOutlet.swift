/// Sends a packet handler's replies, and is notified of what the handler does.
public protocol PacketOutlet: ReplySink, ~Copyable {
    /// Called for each valid message, before it is decided.
    mutating func didReceive(_ request: borrowing MessageView)

    /// Called for each frame that is not a message for the server.
    mutating func didDrop(_ reason: DropReason)

    /// Called when a message is decided, after its reply was sent or its changes were given to the committer.
    /// - Parameter reply: the prepared reply, if the decision has one. It is inout so that nothing is copied.
    mutating func didDecide(_ decision: Decision, on request: borrowing MessageView, _ reply: inout Reply)

    /// Called for each change that the control side ordered.
    mutating func didOrder(_ change: BindingChange)

    /// Called when the table shows the outcome of this many more changes.
    mutating func didComplete(_ count: Int)
}
