import Addresses
import LinuxSystem
import Testing

@testable import FastDHCP

@Suite("The trace of DHCP exchanges")
struct ExchangeTraceTests {
    @Test("an entry comes back as it was written")
    func roundTrip() {
        let trace = ExchangeTrace()
        let entries = TraceEvent.allCases.enumerated().map { index, event in
            TraceEntry(
                event, mac(7), IPv4Address(10, 0, 0, UInt8(index)), at: UInt64(index) << 40,
                number: .max - UInt32(index),
                detail: UInt8(200 + index))
        }
        for entry in entries { trace.append(entry) }
        #expect(trace.entries(of: mac(7)) == entries)
        #expect(trace.entries(of: mac(8)).isEmpty)
        #expect(trace.entry(UInt64(entries.count)) == nil)
    }

    @Test("the last entries are kept, the oldest first")
    func wrap() {
        let trace = ExchangeTrace()
        let extraCount = 10
        for number in 0..<ExchangeTrace.capacity + extraCount {
            trace.append(TraceEntry(.offer, mac(number % 2), .unspecified, at: UInt64(number)))
        }
        let kept = (0...1).flatMap { trace.entries(of: mac($0)) }.map(\.nanoseconds).sorted()
        #expect(kept == (extraCount..<ExchangeTrace.capacity + extraCount).map { UInt64($0) })
        #expect(trace.entry(UInt64(extraCount - 1)) == nil && trace.entry(UInt64(extraCount))?.nanoseconds == 10)
    }

    @Test("a reader that runs beside the writer sees only whole entries")
    func race() async throws {
        let trace = ExchangeTrace()
        let count = 2_000_000
        let writer = try WorkerThread(name: "writer") {
            for number in 0..<UInt64(count) {
                trace.append(
                    TraceEntry(
                        .ack, MACAddress(rawValue: number), IPv4Address(rawValue: UInt32(truncatingIfNeeded: number)),
                        at: number, number: UInt32(truncatingIfNeeded: number)))
            }
        }
        var seenCount = 0
        while trace.count < UInt64(count) {
            // The entries that are overwritten next: a torn entry would show here.
            let number = trace.count > UInt64(ExchangeTrace.capacity) ? trace.count - UInt64(ExchangeTrace.capacity) : 0
            for near in number..<number + 8 {
                guard let entry = trace.entry(near) else { continue }
                seenCount += 1
                guard entry.client.rawValue == entry.nanoseconds, UInt64(entry.number) == entry.nanoseconds,
                    UInt64(entry.address.rawValue) == entry.nanoseconds, entry.nanoseconds == near
                else {
                    Issue.record("a torn entry: \(entry)")
                    break
                }
            }
        }
        writer.join()
        #expect(seenCount > 0)
    }

    @Test("a distribution counts each value in the smallest bucket that holds it, and adds up the values")
    func distribution() {
        let sizes = Distribution(exponents: 2...4)
        for value: UInt64 in [0, 1, 4, 5, 8, 9, 16, 17, 1000] { sizes.add(value) }
        #expect((0..<3).map(sizes.bound) == [4, 8, 16])
        #expect((0...3).map(sizes.count) == [3, 2, 2, 2])
        #expect(sizes.sum == 1060)
    }
}
