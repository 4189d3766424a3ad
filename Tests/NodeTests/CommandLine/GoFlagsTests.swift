import Node
import Testing

@Suite("Flags as the Go program takes them")
struct GoFlagsTests {
    @Test("a flag may say true or false; any other value is left for the parser to refuse")
    func respelled() {
        let arguments = [
            "adopt", "--dry-run=true", "--manage-iptables=false", "--drop-internal-access=1", "--subnet=x",
            "--dry-run=maybe",
        ]
        let flags = ["--dry-run", "--drop-internal-access", "--manage-iptables"]
        #expect(
            GoFlags.respelled(arguments, flags: flags)
                == ["adopt", "--dry-run", "--drop-internal-access", "--subnet=x", "--dry-run=maybe"])
    }
}
