package import LinuxSystem
import Netlink

/// A failed operation on the node: what failed, why, and what to do.
package struct NodeError: Error, Equatable, CustomStringConvertible {
    /// What failed, such as "iptables-restore failed".
    package var problem: String
    /// The message of the kernel or the tool.
    package var cause: String?
    /// What the operator can do about it; nil if nothing is known.
    package var remedy: String?

    package init(_ problem: String, _ cause: String?, remedy: String?) {
        self.problem = problem
        self.cause = cause
        self.remedy = remedy
    }

    package init(_ problem: String, _ error: SystemError) {
        self.init(problem, error.reason, remedy: error.remedy)
    }

    /// The description of a netlink error contains the problem, the cause and the remedy.
    init(_ error: NetlinkError) {
        self.init(error.description, nil, remedy: nil)
    }

    package var description: String {
        problem + (cause.map { ": " + $0 } ?? "") + (remedy.map { "; " + $0 } ?? "")
    }
}
