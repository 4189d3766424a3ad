import Addresses
import Node

/// `--subnet auto`: the first free block of a larger network. The cloud decides what is free: a block is taken if the
/// cloud lists it or refuses it.
package struct SubnetChoice: Sendable, Equatable {
    package static let keyword = "auto"

    let supernet: IPv4Network
    let prefixLength: Int
    /// The blocks that the cloud has refused, whether or not it lists them.
    var refused: [IPv4Network] = []

    init(supernet: IPv4Network, prefixLength: Int) {
        self.supernet = supernet
        self.prefixLength = prefixLength
    }

    /// Nil if the operator names the subnet.
    init?(_ request: PoolRequest) throws(BadInput) {
        guard request.subnet == Self.keyword else {
            let options = [
                ("--supernet", request.supernet), ("--prefix-length", request.prefixLength.map(String.init)),
            ]
            for case (let option, let value?) in options {
                throw BadInput(option, value, "goes with --subnet auto only", remedy: "leave it out")
            }
            return nil
        }
        let cloud = try Clouds.named(request.platform)
        guard request.command == .`init`, cloud.claimsAddresses else {
            let asker = request.command == .adopt ? "adopt" : "--platform \(cloud.platform.rawValue)"
            throw BadInput(
                "--subnet", Self.keyword, "needs a cloud that says which blocks are taken, and \(asker) asks no cloud",
                remedy: "name the subnet, such as 172.20.100.0/24")
        }
        guard let text = request.supernet else {
            throw BadInput(
                "--supernet", nil, "is missing: it is the network that --subnet auto chooses from",
                remedy: "write it as 172.20.0.0/16")
        }
        guard let network = MaskedNetwork(text)?.network else {
            throw BadInput("--supernet", text, "is not a network", remedy: "write it as 172.20.0.0/16")
        }
        let length = request.prefixLength ?? 24
        let lengths = max(network.prefixLength, 8)...30
        guard network.prefixLength <= 30, lengths.contains(length) else {
            throw BadInput(
                "--prefix-length", "\(length)", "does not fit --supernet \(network)",
                remedy:
                    "use one from \(min(lengths.lowerBound, 30)) to 30, such as 24, and a supernet at least as large")
        }
        if let gateway = request.gateway {
            throw BadInput(
                "--gateway", gateway, "cannot be named before the subnet is chosen",
                remedy: "leave it out: the gateway is the subnet's first address")
        }
        self.init(supernet: network, prefixLength: length)
    }

    /// Whether `network` is one of the blocks to choose from.
    func suits(_ network: IPv4Network) -> Bool {
        network.prefixLength == prefixLength && supernet.contains(network.address)
    }

    /// The block to take: `preferred` if it is free, else the first free one.
    /// - Parameters:
    ///   - limits: the block must lie in one of these networks. Nil: anywhere in the supernet.
    ///   - taken: the networks that are in use.
    func firstFree(
        within limits: [IPv4Network]?, besides taken: [IPv4Network], preferring preferred: IPv4Network?
    ) throws(BadInput) -> IPv4Network {
        let taken = taken + refused
        func isFree(_ block: IPv4Network) -> Bool {
            !taken.contains { $0.overlaps(block) } && isWithin(limits, block)
        }
        if let preferred, suits(preferred), isFree(preferred) { return preferred }
        var next = UInt64(supernet.address.rawValue)
        while next <= UInt64(supernet.broadcastAddress.rawValue) {
            let block = IPv4Network(
                containing: IPv4Address(rawValue: UInt32(next)), prefixLength: prefixLength)
            if isFree(block) { return block }
            // Continue behind everything that overlaps this block.
            let ends = ([block] + taken.filter { $0.overlaps(block) }).map(\.broadcastAddress.rawValue)
            next = UInt64(ends.max() ?? 0) + 1
        }
        let places = limits.map { " within \($0.map(\.description).joined(separator: ", "))" } ?? ""
        throw BadInput(
            "--supernet", "\(supernet)", "has no free /\(prefixLength)\(places)",
            remedy: "use another one or a longer --prefix-length, or delete a subnet that is not needed")
    }

    private func isWithin(_ limits: [IPv4Network]?, _ block: IPv4Network) -> Bool {
        guard let limits else { return true }
        return limits.contains { $0.prefixLength <= block.prefixLength && $0.contains(block.address) }
    }
}

/// Somebody else took the block before our call reached the cloud.
struct SubnetTaken: Error, CustomStringConvertible {
    let network: IPv4Network
    var cause: CloudError?

    var description: String { cause?.description ?? "\(network) belongs to somebody else; run the same command again" }
}
