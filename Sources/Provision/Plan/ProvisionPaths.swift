import LinuxSystem
import Node

/// Where a node's files are.
package struct ProvisionPaths: Equatable, Sendable {
    package var stateDirectory = Pool.defaultStateDirectory
    package var pidFile = DaemonPIDFile.defaultPath
    package var cniConfDirectory = CNIConflist.defaultDirectory
    package var cniBinDirectory = "/opt/cni/bin"
    /// The program that sends a DISCOVER for `doctor`. It is in the same directory as this program.
    package var probe = Self.neighbour("cocoon-net-storm")

    package init() {}

    private static func neighbour(_ name: String) -> String {
        ((try? ProcessImage.path).map(Files.parent) ?? ".") + "/" + name
    }
}
