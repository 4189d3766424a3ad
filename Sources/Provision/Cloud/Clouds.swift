import Node

/// The supported clouds.
package enum Clouds {
    /// One line per cloud, in the order in which errors and help texts name them.
    static let all: [any Cloud.Type] = [
        NoCloud.self,
        GCE.self,
        Volcengine.self,
    ]

    /// Their names, such as "none, gke, volcengine".
    package static var names: String { all.map { $0.platform.rawValue }.joined(separator: ", ") }

    /// The usual name of the host's own NIC on each cloud that has one, such as "ens4 on gke, eth0 on volcengine".
    package static var primaryNICs: String {
        let names = all.compactMap { cloud in cloud.primaryNIC.map { "\($0) on \(cloud.platform.rawValue)" } }
        return names.joined(separator: ", ")
    }

    /// The cloud with this name on the command line.
    static func named(_ name: String?) throws(BadInput) -> any Cloud.Type {
        guard let name else { throw BadInput("--platform", nil, "is missing", remedy: "name one of \(names)") }
        guard let cloud = all.first(where: { $0.platform.rawValue == name }) else {
            throw BadInput("--platform", name, "is not known", remedy: "name one of \(names)")
        }
        return cloud
    }

    /// The cloud of a pool whose file is at `path`.
    static func of(_ pool: Pool, at path: String) throws(BadInput) -> any Cloud.Type {
        guard let cloud = all.first(where: { $0.platform == pool.platform }) else {
            throw BadInput(
                file: path, "platform", pool.platform.rawValue, "is not a platform of this version",
                remedy: "use one of \(names), or the version that wrote the file")
        }
        return cloud
    }
}
