/// Writes each reply with what the policy that decided it tells its guest.
public struct GuestReplyWriter: Sendable {
    private let server: ServerIdentity
    private let versions: PolicyVersions
    private var policy: GuestPolicy
    private var writer: ReplyWriter
    /// What most guests are told.
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
        // Of a policy that is gone only the present one's word for everyone is left.
        guard choice.generation == policy.generation, choice != everyone else {
            return writer.write(&reply, into: &frame)
        }
        let profile = policy.profiles[choice.profileIndex]
        return writer.write(
            &reply, options: profile.options, boot: choice.bootClient.map { profile.boots[$0.rawValue] }, into: &frame)
    }

    /// Takes the policy that a reply was decided by; around the time of a change they come mixed.
    private mutating func follow(_ choice: ReplyChoice) {
        policy = versions.policy(of: choice.generation)
        writer = ReplyWriter(server: server, options: policy.everyone.options)
        everyone = ReplyChoice(generation: policy.generation)
    }
}

extension Reply {
    /// Makes this the blank answer to `request`, with what the policy has for this guest.
    public mutating func prepare(answering request: borrowing MessageView, _ policy: GuestPolicy) {
        let choice = policy.choice(for: request)
        prepare(answering: request, choice, available: policy.available(choice))
    }
}
