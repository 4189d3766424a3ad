import Addresses
import FastDHCP
import ClientSettings
import Node

/// Reads the input as pool.json, writes it back, makes the policy for VMs from it, and serves two VMs with that policy: one
/// with a reservation, if there is one, and one without.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzPool(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    // SAFETY: libFuzzer lends `count` bytes at `start` for this call.
    let input = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    guard let json = try? JSON(parsing: input) else { return 0 }
    do {
        let pool = try Pool(json: json)
        try pool.validate()
        checkRewrite(of: pool)
        // The options may be in a file of another name, and a fuzzer must open no files.
        if case .string = pool.options { return 0 }
        let settings = try PoolSettings(pool, stateDirectory: "/nowhere")
        let policy = try settings.policy(generation: 1, leaseTime: nil, mtu: 1500)
        guard !pool.ips.isEmpty else { return 0 }
        let reserved = settings.reservations.mapValues(\.address)
        let owner = reserved.keys.min { $0.rawValue < $1.rawValue }
        for client in [owner, MACAddress(2, 0xFE, 0, 0, 0, 1)].compactMap({ $0 }) {
            var server = TestServer(pool, policy)
            server.serve(client, anyOf: Set(pool.ips), reserved)
        }
    } catch {
        check(error)
    }
    return 0
}

/// Checks that what `adopt` writes back is read as the same pool.
private func checkRewrite(of pool: Pool) {
    let text = Array(pool.json.prettyText.utf8)
    guard let again = try? Pool(json: JSON(parsing: text)) else {
        preconditionFailure("a pool is refused when rewritten")
    }
    precondition(again.json == pool.json, "a pool reads differently when rewritten")
}

/// Checks that an error names the problem and the remedy, on one line.
private func check(_ error: BadInput) {
    precondition(!error.problem.isEmpty && !error.remedy.isEmpty, "an error without a remedy")
    precondition(!"\(error)".contains("\n"), "an error of several lines: \(error)")
}
