extension Pool.NodeNeed: LosslessStringConvertible {
    package init?(_ text: String) { self.init(rawValue: text) }

    package var description: String { rawValue }
}

// The platforms that occur in files without `nodeNeeds`: files of the Go program, and files that this program wrote
// before it had that key.
extension Pool.Platform {
    /// A host without a cloud: the pool's addresses are the subnet's own.
    package static let none = Self(rawValue: "none")
    package static let gke = Self(rawValue: "gke")
    package static let volcengine = Self(rawValue: "volcengine")

    /// In the order in which errors list them.
    package static let former: [Self] = [.none, .gke, .volcengine]

    /// The needs that such a file implies; nil for a newer platform, whose files contain `nodeNeeds`.
    var formerNeeds: Set<Pool.NodeNeed>? {
        guard Self.former.contains(self) else { return nil }
        return self == .gke ? [.noLocalRoutes] : []
    }
}
