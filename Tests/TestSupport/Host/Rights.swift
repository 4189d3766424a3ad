/// What this machine allows tests to do.
package enum Rights {
    /// Why sandboxes cannot be made here; nil if they can.
    package static let obstacle: String? = {
        do {
            try Sandbox("probe").run(["ip", "link", "add", "type", "veth"])
            return nil
        } catch { return "no network namespaces here (\(error)); run as root" }
    }()

    /// Whether a skipped test is a failure: continuous integration must run them all.
    package static let mayNotSkip = environment("CI") == "true"

    /// Whether tests that need a sandbox run. If no test may be skipped, they run and fail with the obstacle.
    package static let allowSandboxes = mayNotSkip || obstacle == nil
}
