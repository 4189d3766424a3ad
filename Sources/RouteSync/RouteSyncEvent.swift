package import Addresses
package import Netlink

/// An event that a keeper reports. The program decides what to do with it.
package enum RouteSyncEvent: Sendable {
    /// The progress of a reconciliation.
    case progress(done: Int, total: Int)
    /// A reconciliation or a repair has ended. The process is the one that had removed or changed what was put back;
    /// nil if no process did, as at a start.
    case reconciled(ReconcileReport, ConflictingProcess?)
    /// The kernel could not be asked. The keeper tries again.
    case reconciliationFailed(NetlinkError)
    /// The bridge is there and up. Its routes follow.
    case interfaceCameUp
    /// The bridge was set down, and the kernel has dropped its routes.
    case interfaceWentDown
    /// The bridge no longer exists.
    case interfaceVanished
    /// A process breaks the routes of these addresses again and again. Only these addresses are left alone for a while.
    case leavingAlone([IPv4Address], ConflictingProcess, Duration)
    /// Notifications were lost, so everything is checked.
    case notificationsLost
    /// Notifications cannot be received. The keeper tries again, and checks everything once it succeeds.
    case notificationsFailed(NetlinkError)
}
