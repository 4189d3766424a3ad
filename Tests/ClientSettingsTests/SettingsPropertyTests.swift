import Addresses
import Node
import Testing

@testable import FastDHCP
@testable import ClientSettings

@Suite("Random settings")
struct SettingsPropertyTests {
    @Test(
        "make a policy whose answers fit and have all required options", arguments: 1...10 as ClosedRange<UInt64>)
    func answers(seed: UInt64) throws {
        var random = RandomSettings(seed: seed)
        for _ in 0..<50 {
            var pool = Pool.sample
            pool.options = random.options(isReservation: false)
            pool.reservations = random.reservations()
            let text = (pool.options?.compactText ?? "") + (pool.reservations?.compactText ?? "")
            let settings = try PoolSettings(pool, stateDirectory: "/state")
            #expect(settings.changes(since: settings).isEmpty)
            let policy = try settings.policy(generation: 1, leaseTime: nil, mtu: 1460)
            for client: UInt8 in 1...4 {
                let codes = Array(Set((0..<random.number(0...60)).map { _ in UInt8(random.number(1...254)) }))
                let answer = try Exchange(policy, client: client, list: codes, more: random.firmware())
                #expect(answer.byteCount <= 576, "\(text)")
                for code: UInt8 in [1, 3, 6, 51, 54] { #expect(answer[code] != nil, "\(code) of \(text)") }
                #expect(answer[51] == OptionEncoding.uint32(policy.times.leaseSeconds))
                guard policy.times.leaseSeconds != .max else { continue }
                #expect(number(answer[58]) < number(answer[59]) && number(answer[59]) < number(answer[51]), "\(text)")
            }
        }
    }

    @Test(
        "with damage are accepted, or refused with an error that names the field",
        arguments: 1...10 as ClosedRange<UInt64>)
    func damage(seed: UInt64) throws {
        var random = RandomSettings(seed: seed)
        for _ in 0..<200 {
            var pool = Pool.sample
            pool.options = random.damaged(random.options(isReservation: false))
            pool.reservations = random.damaged(random.reservations())
            do {
                _ = try PoolSettings(pool, stateDirectory: "/state").policy(generation: 1, leaseTime: nil, mtu: nil)
            } catch {
                let field = try #require(error.field)
                #expect(field.hasPrefix("options") || field.hasPrefix("reservations"))
                #expect(!error.problem.isEmpty && !error.remedy.isEmpty && error.file == "/state/pool.json")
            }
        }
    }

    private func number(_ bytes: [UInt8]?) -> UInt32 { (bytes ?? []).reduce(0) { $0 << 8 | UInt32($1) } }
}
