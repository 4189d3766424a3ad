import Glibc
import Netlink
import NetlinkTestSupport
import SystemPackage
import Testing

@Suite(
    "Network namespaces, live",
    .enabled(if: LiveKernel.isAvailable, Comment(rawValue: LiveKernel.requirement)))
struct NetworkNamespaceTests {
    private struct Refusal: Error, Equatable { let number: Int }

    @Test("work in a namespace runs on one thread, and returns its result or throws its own error")
    func perform() throws {
        let namespace = try NetworkNamespace.create()
        let threads = (0..<3).map { _ in namespace.perform { pthread_self() } }
        #expect(Set(threads).count == 1)
        #expect(threads[0] != pthread_self())
        do throws(Refusal) {
            try namespace.perform { () throws(Refusal) in throw Refusal(number: 7) }
            Issue.record("the error was not thrown")
        } catch {
            #expect(error == Refusal(number: 7))
        }
        #expect(namespace.perform { namespace.perform { pthread_self() } } == threads[0])
    }

    @Test("many tasks share one namespace without harm")
    func concurrency() async throws {
        final class Shared: Sendable {
            let namespace: NetworkNamespace
            init() throws { namespace = try NetworkNamespace.create() }
        }
        let shared = try Shared()
        let sum = await withTaskGroup(of: Int.self) { group in
            for number in 0..<100 { group.addTask { shared.namespace.perform { number } } }
            return await group.reduce(0, +)
        }
        #expect(sum == 4950)
    }

    @Test("a socket opened inside stays there")
    func sockets() throws {
        let first = try NetworkNamespace.create()
        let second = try NetworkNamespace.create()
        var inFirst = try first.perform { try Links() }
        var inSecond = try second.perform { try Links() }
        _ = try inFirst.createBridge("cni0")
        #expect(try inFirst.find(named: "cni0") != nil)
        #expect(try inSecond.find(named: "cni0") == nil)
        #expect(try first.run("cat /proc/sys/net/ipv4/conf/cni0/forwarding").first == "0")
    }

    @Test("a named namespace is the one that ip netns knows, until it is deleted")
    func named() throws {
        let name = "cocoon-test-\(getpid())"
        defer { try? NetworkNamespace.delete(named: name) }
        let made = try NetworkNamespace.create(named: name)
        #expect(try LiveKernel.run("ip netns list").contains(name))
        var links = try made.perform { try Links() }
        _ = try links.createBridge("cni0")
        #expect(try LiveKernel.run("ip -n \(name) link show cni0").contains("cni0"))
        let opened = try NetworkNamespace.open(named: name)
        var again = try opened.perform { try Links() }
        #expect(try again.find(named: "cni0") != nil)
        do throws(NetlinkError) {
            _ = try NetworkNamespace.create(named: name)
            Issue.record("a second namespace got the same name")
        } catch {
            #expect(error.number == .fileExists)
        }
        try NetworkNamespace.delete(named: name)
        #expect(try !LiveKernel.run("ip netns list").contains(name))
    }

    @Test("a name that is not a valid file name is refused", arguments: ["", ".", "..", "a/b", "../x"])
    func badName(name: String) {
        do throws(NetlinkError) {
            _ = try NetworkNamespace.create(named: name)
            Issue.record("the name was accepted")
        } catch {
            #expect(error.number == .invalidArgument)
        }
    }
}
