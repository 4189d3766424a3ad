import Node

/// Where a node's files are.
package struct ProvisionPaths: Equatable, Sendable {
    package var stateDirectory = Pool.defaultStateDirectory
    package var pidFile = DaemonPIDFile.defaultPath
    package var cniConfDirectory = CNIConflist.defaultDirectory

    package init() {}
}
