extension Pool.NodeNeed: LosslessStringConvertible {
    package init?(_ text: String) { self.init(rawValue: text) }

    package var description: String { rawValue }
}

// The platforms of files that do not say what theirs asks of the node: those of the Go program, and ours from before the key.
extension Pool.Platform {
    /// A host without a cloud: the addresses are the subnet's own.
    package static let none = Self(rawValue: "none")
    package static let gke = Self(rawValue: "gke")
    package static let volcengine = Self(rawValue: "volcengine")

    /// In the order in which errors name them.
    package static let former: [Self] = [.none, .gke, .volcengine]

    /// What such a file means; nil for a platform that came later, whose files say it.
    var formerNeeds: Set<Pool.NodeNeed>? {
        guard Self.former.contains(self) else { return nil }
        return self == .gke ? [.noLocalRoutes] : []
    }
}
