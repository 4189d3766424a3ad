package import Addresses
package import Netlink

/// What a keeper has to tell; the program decides what becomes of it.
package enum RouteSyncEvent: Sendable {
    /// How far a reconciliation has come.
    case progress(done: Int, total: Int)
    /// Everything is as it should be again. The rival is who had removed or changed what was put back; nil
    /// if it was nobody's doing, as at a start.
    case reconciled(ReconcileReport, ConflictingProcess?)
    /// The kernel could not be asked; it is tried again.
    case reconciliationFailed(NetlinkError)
    /// The bridge is there and up; its routes follow.
    case interfaceCameUp
    /// The bridge was switched off, and the kernel has dropped its routes.
    case interfaceWentDown
    /// There is no bridge any more.
    case interfaceVanished
    /// A process breaks the routes of these addresses again and again; they are left alone for a while, and no others.
    case leavingAlone([IPv4Address], ConflictingProcess, Duration)
    /// Notifications were lost, so everything is looked at.
    case notificationsLost
    /// Notifications cannot be received; that is tried again, and everything is looked at then.
    case notificationsFailed(NetlinkError)
}
