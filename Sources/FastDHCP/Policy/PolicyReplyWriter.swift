/// Writes each reply with the options that its policy has for the client.
public struct PolicyReplyWriter: Sendable {
    private let server: ServerIdentity
    private let versions: PolicyVersions
    private var policy: ClientPolicy
    private var writer: ReplyWriter
    /// The choice that most replies have: the options for every client.
    private var everyone: ReplyChoice

    /// - Parameter versions: the policies that replies are decided by.
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
        // The policy that decided the reply is gone: the client gets what the present one has for every client.
        guard choice.generation == policy.generation, choice != everyone else {
            return writer.write(&reply, into: &frame)
        }
        let profile = policy.profiles[choice.profileIndex]
        return writer.write(
            &reply, options: profile.options, boot: choice.bootClient.map { profile.boots[$0.rawValue] }, into: &frame)
    }

    /// Takes over the policy that decided a reply; around a reload, replies of two policies come mixed.
    private mutating func follow(_ choice: ReplyChoice) {
        policy = versions.policy(of: choice.generation)
        writer = ReplyWriter(server: server, options: policy.everyone.options)
        everyone = ReplyChoice(generation: policy.generation)
    }
}

extension Reply {
    /// Makes this the blank answer to `request`, with the options that the policy has for this client.
    public mutating func prepare(answering request: borrowing MessageView, _ policy: ClientPolicy) {
        let choice = policy.choice(for: request)
        prepare(answering: request, choice, available: policy.available(choice))
    }
}
