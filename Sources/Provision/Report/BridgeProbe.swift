import Addresses
import Node

/// Asks on the bridge, through a port of its own, who would lease an address: our daemon, and nobody else.
///
/// The load generator does the asking: it has the packets, and this program has none.
struct BridgeProbe {
    let pool: Pool
    /// The program that asks.
    let program: String
    /// The daemon's process; nil where none runs.
    let daemon: Int32?

    private static let patience = Duration.seconds(20)

    func examine() async -> [Finding] {
        let answers = "the daemon answers a DISCOVER on \(pool.interface)"
        let alone = "no other DHCP server answers on \(pool.interface)"
        let offers: [Offer]
        do {
            offers = try await self.offers()
        } catch {
            return [.skipped(answers, error.description), .skipped(alone, "nobody could be asked")]
        }
        let others = offers.filter { $0.server != pool.gateway }
        return [
            daemon == nil
                ? .skipped(answers, "it does not run")
                : .unless(
                    offers.contains { $0.server == pool.gateway } ? [] : ["it does not, through a new port"], answers,
                    remedy: "look at its log and metrics: the pool may be used up, or another bridge be served"),
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
            throw NodeError("there is no \(program), which asks", nil, remedy: "install it beside this program")
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
