import Addresses
import LinuxSystem
import Node

extension PoolRequest {
    /// The addresses to lease: those of the file, or those that the ENIs carry, or the subnet's own without the
    /// gateway's.
    func addresses(for pool: Pool, carriedBy enis: [AttachedENI]?) throws(BadInput) -> [IPv4Address] {
        _ = try checkedPoolSize()
        if let addressesFile {
            let addresses = try Self.addresses(inFile: addressesFile, for: pool)
            return kept.choose(poolSize ?? addresses.count, of: addresses)
        }
        if let enis { return try Self.addresses(of: enis, in: pool) }
        return try subnetAddresses(of: pool)
    }

    /// The addresses of the pool's subnet that these ENIs carry.
    private static func addresses(of enis: [AttachedENI], in pool: Pool) throws(BadInput) -> [IPv4Address] {
        let all = Set(enis.flatMap(\.addresses)).sorted()
        let addresses = all.filter { pool.problem(withLeasing: $0) == nil }
        guard addresses.isEmpty else { return addresses }
        let finding =
            if let first = all.first, let last = all.last {
                "the secondary addresses of this instance's \(enis.count) secondary ENIs are \(first) to \(last)"
            } else if enis.isEmpty {
                "this instance has no secondary ENI"
            } else {
                "this instance's \(enis.count) secondary ENIs have no secondary addresses"
            }
        throw BadInput(
            "--subnet", "\(pool.subnet)", "has no address that the VPC routes here: \(finding)",
            remedy: "name the subnet that the addresses lie in, or assign addresses of this one to the ENIs, or list "
                + "the addresses in a file and name it with --addresses-file")
    }

    /// Addresses of the pool's subnet, without the gateway's: those to keep, and the first others.
    func subnetAddresses(of pool: Pool) throws(BadInput) -> [IPv4Address] {
        let hosts = pool.subnet.hosts.lazy.filter { $0 != pool.gateway }
        return kept.choose(try checkedPoolSize(), of: hosts) { pool.problem(withLeasing: $0) == nil }.sorted()
    }

    /// The number of addresses that the operator asks for, or the command's default.
    func checkedPoolSize() throws(BadInput) -> Int {
        guard let poolSize else { return command.defaultPoolSize }
        guard (1...Pool.addressLimit).contains(poolSize) else {
            throw BadInput(
                "--pool-size", "\(poolSize)", "is not between 1 and \(Pool.addressLimit)",
                remedy: "leave it out for \(command.defaultPoolSize)")
        }
        return poolSize
    }

    /// Reads one address per line. Empty lines and text after a # are ignored.
    private static func addresses(inFile path: String, for pool: Pool) throws(BadInput) -> [IPv4Address] {
        var addresses: [IPv4Address] = []
        var firstLine: [IPv4Address: Int] = [:]
        let lines = try text(ofFile: path).split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        for (index, line) in lines.enumerated() {
            let lineNumber = index + 1
            let entry = line.prefix { $0 != "#" }.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            if entry.isEmpty { continue }
            guard let address = IPv4Address(entry) else {
                throw BadInput(
                    file: path, "line \(lineNumber):", entry, "is not an IPv4 address", remedy: "write one a line")
            }
            let first = firstLine.updateValue(lineNumber, forKey: address)
            let problem = first.map { "is on line \($0) too" } ?? pool.problem(withLeasing: address)
            if let problem {
                throw BadInput(file: path, "line \(lineNumber):", entry, problem, remedy: "remove that line")
            }
            addresses.append(address)
        }
        guard !addresses.isEmpty else {
            throw BadInput(
                file: path, nil, nil, "has no address in it", remedy: "write the addresses that the VPC routes here")
        }
        return addresses
    }

    private static func text(ofFile path: String) throws(BadInput) -> String {
        do {
            guard let bytes = try Files.read(path, limit: 64 << 20) else {
                throw BadInput(
                    "--addresses-file", path, "is not there", remedy: "name a file with one address a line")
            }
            return String(decoding: bytes, as: UTF8.self)
        } catch let error as SystemError {
            throw BadInput("--addresses-file", path, "cannot be read: \(error.reason)", remedy: error.fileRemedy)
        } catch let error as BadInput {
            throw error
        } catch {
            throw BadInput("--addresses-file", path, "cannot be read: \(error)", remedy: "check that file")
        }
    }
}
