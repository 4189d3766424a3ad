/// Identifies the set of options that a reply uses. The engine makes the choice, and the policy gives the number its
/// meaning. Here it is only compared: two replies with the same choice and the same codes have the same options.
struct ReplyChoice: RawRepresentable, Equatable, Sendable {
    var rawValue: UInt64 = 0
}
