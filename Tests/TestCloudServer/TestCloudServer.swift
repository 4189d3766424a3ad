import ArgumentParser
import Glibc
import Netlink
import TestCloud

/// Runs the test clouds by hand. Prints the environment variables to set, and then each call.
///
/// In a network namespace of its own (`unshare -rn`, `ip link set lo up`), attached ENIs become veth pairs.
@main
struct TestCloudServer: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cocoon-net-testcloud", abstract: "Volcengine and Google Compute Engine on the loopback interface."
    )

    @Option(help: "Which metadata service answers: volcengine or gke.")
    var platform = "volcengine"

    @Flag(help: "Make a NIC for each attached ENI.")
    var plugIn = false

    func run() async throws {
        let volcengine = TestVolcengine()
        let gce = TestGCE()
        if plugIn {
            volcengine.change { state in
                state.plugIn = { eni in
                    do {
                        var links = try Links()
                        let peer = VethPeer(name: "vpc-\(eni.id)")
                        _ = try links.createVethPair(eni.id, macAddress: eni.macAddress, peer: peer)
                    } catch {
                        print("no NIC for \(eni.id): \(error)")
                    }
                }
            }
        }
        let first = try await LoopbackHTTPServer { request in
            Self.tell(request, volcengine.answer(request))
        }
        let second = try await LoopbackHTTPServer { request in
            Self.tell(request, gce.answer(request))
        }
        let nobody = "http://127.0.0.1:1"
        print("export COCOON_NET_VOLCENGINE_ENDPOINT=\(first.url) COCOON_NET_GCE_ENDPOINT=\(second.url)/compute/v1")
        print("export COCOON_NET_VOLCENGINE_METADATA=\(platform == "volcengine" ? first.url : nobody)")
        print("export COCOON_NET_GCE_METADATA=\(platform == "gke" ? second.url : nobody)")
        print("export VOLCENGINE_ACCESS_KEY_ID=AKEXAMPLE VOLCENGINE_SECRET_ACCESS_KEY=SKEXAMPLE/+=")
        fflush(nil)
        try await first.run()
    }

    /// Prints a request and its outcome.
    private static func tell(_ request: ServedRequest, _ serving: Serving) -> Serving {
        let outcome =
            switch serving {
            case .reply(let status, _): "\(status)"
            case .hangUp, .hang: "no answer"
            }
        print("\(request.method) \(request["Action"] ?? request.path) \(outcome)")
        fflush(nil)
        return serving
    }
}
