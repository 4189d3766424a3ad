/// Writes each reply with the options that the policy has for the client.
public struct PolicyReplyWriter: Sendable {
    private let server: ServerIdentity
    private let versions: PolicyVersions
    private var policy: ClientPolicy
    private var writer: ReplyWriter
    /// The choice of most replies: the options for everyone.
    private var everyone: ReplyChoice

    /// - Parameter versions: the policies under which replies are decided.
    public init(server: ServerIdentity, policies versions: PolicyVersions) {
        self.server = server
        self.versions = versions
        policy = versions.present
        writer = ReplyWriter(server: server, options: policy.everyone.options)
        everyone = ReplyChoice(generation: policy.generation)
    }

    /// Writes `reply`: see `ReplyWriter.write`.
    @inline(__always)
    public mutating func write(_ reply: inout Reply, into frame: inout MutableSpan<UInt8>) -> Int {
        reply.choice == everyone ? writer.write(&reply, into: &frame) : writeOther(&reply, into: &frame)
    }

    @inline(never)
    private mutating func writeOther(_ reply: inout Reply, into frame: inout MutableSpan<UInt8>) -> Int {
        let choice = reply.choice
        if choice.generation != policy.generation { follow(choice) }
        // The policy under which the reply was decided is gone: the client gets the present policy's options for
        // everyone.
        guard choice.generation == policy.generation, choice != everyone else {
            return writer.write(&reply, into: &frame)
        }
        let profile = policy.profiles[choice.profileIndex]
        return writer.write(
            &reply, options: profile.options, boot: choice.bootClient.map { profile.boots[$0.rawValue] }, into: &frame)
    }

    /// Switches to the policy under which a reply was decided. Around a reload, replies of two policies arrive in mixed
    /// order.
    private mutating func follow(_ choice: ReplyChoice) {
        policy = versions.policy(of: choice.generation)
        writer = ReplyWriter(server: server, options: policy.everyone.options)
        everyone = ReplyChoice(generation: policy.generation)
    }
}

extension Reply {
    /// Makes this a blank answer to `request`, with the options that the policy has for this client.
    public mutating func prepare(answering request: borrowing MessageView, _ policy: ClientPolicy) {
        let choice = policy.choice(for: request)
        prepare(answering: request, choice, available: policy.available(choice))
    }
}
