package import LinuxSystem
import Netlink

/// Something that the node refused: what failed, what was said, and what to do.
package struct NodeError: Error, Equatable, CustomStringConvertible {
    /// What failed, such as "iptables-restore failed".
    package var problem: String
    /// What the kernel or the tool said about it.
    package var cause: String?
    /// What the operator can do about it, where there is something.
    package var remedy: String?

    package init(_ problem: String, _ cause: String?, remedy: String?) {
        self.problem = problem
        self.cause = cause
        self.remedy = remedy
    }

    package init(_ problem: String, _ error: SystemError) {
        self.init(problem, error.reason, remedy: error.remedy)
    }

    /// A netlink error says all three by itself.
    init(_ error: NetlinkError) {
        self.init(error.description, nil, remedy: nil)
    }

    package var description: String {
        problem + (cause.map { ": " + $0 } ?? "") + (remedy.map { "; " + $0 } ?? "")
    }
}
