import Addresses
import FoundationEssentials
import LinuxSystem
import Node

/// The addresses that a new pool has to keep from the earlier one: those that VMs lease, and then those that are reserved.
struct AddressesToKeep: Sendable {
    /// MAC address by leased address.
    var leases: [IPv4Address: String] = [:]
    var reserved: Set<IPv4Address> = []

    init() {}

    /// - Parameters:
    ///   - leaseFile: the file in which the daemon writes the leases.
    ///   - former: the existing pool. A lease outside it is lost already.
    ///   - dropsLeases: whether leases may end, so that the file is not read.
    init(leaseFile: String, former: Pool?, dropsLeases: Bool, now: Date = .now) throws(BadInput) {
        if case .object(let reservations) = former?.reservations {
            reserved = Set(reservations.compactMap { Self.address(of: $0.value, "ip") })
        }
        guard !dropsLeases else { return }
        let known = former.map { Set($0.ips) }
        for lease in try Self.rows(of: leaseFile) {
            guard let address = Self.address(of: lease, "ip"), known?.contains(address) ?? true else { continue }
            // A lease whose end cannot be read counts as one that runs.
            let expiry = lease.text("expiry").flatMap { try? Date($0, strategy: .iso8601) }
            if expiry.map({ $0 > now }) ?? true { leases[address] = lease.text("mac") ?? "unknown" }
        }
    }

    private static func rows(of path: String) throws(BadInput) -> [JSON] {
        let remedy = "correct the file or move it away, or use --drop-leases if no VM needs its address"
        do {
            guard let bytes = try Files.read(path, limit: 256 << 20), !bytes.isEmpty else { return [] }
            switch try JSON(parsing: bytes) {
            case .array(let rows): return rows
            case .null: return []
            case let other:
                throw BadInput(file: path, nil, nil, "is \(other.kind), not an array of leases", remedy: remedy)
            }
        } catch let error as BadInput {
            throw error
        } catch {
            throw BadInput(file: path, nil, nil, "cannot be read: \(error)", remedy: remedy)
        }
    }

    /// The address in a string, or in a member of an object.
    private static func address(of value: JSON, _ key: String) -> IPv4Address? {
        if case .string(let text) = value { return IPv4Address(text) }
        return value.text(key).flatMap { IPv4Address($0) }
    }

    /// Up to `count` of these addresses: the leased ones first, then the reserved ones, then the others in order.
    /// - Parameter isCandidate: whether an address is among `candidates`, which may be millions.
    func choose(
        _ count: Int, of candidates: some Sequence<IPv4Address>, where isCandidate: (IPv4Address) -> Bool
    ) -> Set<IPv4Address> {
        let preferred = leases.keys.sorted() + reserved.filter { leases[$0] == nil }.sorted()
        var chosen = Set(preferred.filter(isCandidate).prefix(count))
        for address in candidates {
            guard chosen.count < count else { break }
            chosen.insert(address)
        }
        return chosen
    }

    /// Up to `count` of these addresses, in their order.
    func choose(_ count: Int, of candidates: [IPv4Address]) -> [IPv4Address] {
        guard candidates.count > count else { return candidates }
        return candidates.filter(choose(count, of: candidates, where: Set(candidates).contains).contains)
    }

    /// Refuses a pool that lacks leased addresses: their VMs would get other ones.
    func check(_ ips: some Collection<IPv4Address>) throws(BadInput) {
        let kept = Set(ips)
        let lost = leases.filter { !kept.contains($0.key) }.sorted { $0.key < $1.key }
        guard !lost.isEmpty else { return }
        let shown = lost.prefix(5).map { "\($0.key) (\($0.value))" }.joined(separator: ", ")
        let more = lost.count > 5 ? " and \(lost.count - 5) more" : ""
        throw BadInput(
            nil, nil, "the new pool would lack \(lost.count) of \(leases.count) leased addresses: \(shown)\(more)",
            remedy: "keep them with a larger --pool-size or the right --subnet, end those leases with "
                + "\"cocoon-net leases release MAC\", or use --drop-leases to give their VMs other addresses")
    }
}
