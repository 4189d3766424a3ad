/// Says what the options of a reply are taken from. The engine chooses, and the policy gives the number its meaning.
/// Here it is only compared: replies of one choice that carry the same codes have the same options.
struct ReplyChoice: RawRepresentable, Equatable, Sendable {
    var rawValue: UInt64 = 0
}
