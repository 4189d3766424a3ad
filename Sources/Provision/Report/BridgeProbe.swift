import Addresses
import Node

/// Sends a DISCOVER on the bridge, through a temporary port of its own, to see who answers: our daemon should, and no
/// other server.
///
/// The load generator sends it, because this program has no code for DHCP packets.
struct BridgeProbe {
    let pool: Pool
    /// The program that sends the DISCOVER.
    let program: String
    /// The daemon's process ID; nil if it is not running.
    let daemon: Int32?

    private static let patience = Duration.seconds(20)

    func examine() async -> [Finding] {
        let answers = "the daemon answers a DISCOVER on \(pool.interface)"
        let alone = "no other DHCP server answers on \(pool.interface)"
        let offers: [Offer]
        do {
            offers = try await self.offers()
        } catch {
            return [.skipped(answers, error.description), .skipped(alone, "the probe failed")]
        }
        let others = offers.filter { $0.server != pool.gateway }
        return [
            daemon == nil
                ? .skipped(answers, "it is not running")
                : .unless(
                    offers.contains { $0.server == pool.gateway } ? [] : ["it does not answer through a new port"],
                    answers,
                    remedy:
                        "look at its log and metrics: the pool may be used up, or the daemon may serve another bridge"),
            .unless(
                others.map(\.text), alone,
                remedy: "stop it, or keep it off \(pool.interface): VMs take the offer that comes first"),
        ]
    }

    private struct Offer {
        var server: IPv4Address?
        var macAddress: String

        var text: String { "\(server.map { "\($0)" } ?? "a server without an identifier") (\(macAddress)) does" }
    }

    private func offers() async throws(NodeError) -> [Offer] {
        var tool = Tool(program)
        tool.arguments = ["probe", "--bridge", pool.interface]
        guard let outcome = try await tool.run(within: Self.patience) else {
            throw NodeError(
                "there is no \(program), which sends the DISCOVER", nil, remedy: "install it beside this program")
        }
        guard outcome.ending == nil, case .array(let offers)? = try? JSON(parsing: Array(outcome.output.utf8)) else {
            throw NodeError(
                "\(program) failed", outcome.error.split(separator: "\n").joined(separator: "; "), remedy: nil)
        }
        return offers.map { offer in
            Offer(
                server: offer.text("server").flatMap { IPv4Address($0) },
                macAddress: offer.text("macAddress") ?? "an unknown MAC address")
        }
    }
}
