import FastDHCP
import Testing

@Suite("Drop reasons")
struct DropReasonTests {
    @Test("every reason has a label of its own, in snake_case")
    func labels() {
        let labels = DropReason.allCases.map(\.description)
        #expect(Set(labels).count == labels.count)
        for label in labels { #expect(label.allSatisfy { $0 == "_" || $0.isLowercase || $0.isNumber }) }
    }

    @Test("reasons are numbered from 0 without a gap, so that counters are an array")
    func numbers() {
        #expect(DropReason.allCases.map(\.rawValue) == Array(0..<UInt8(DropReason.allCases.count)))
    }

    @Test("a reason costs one byte")
    func size() { #expect(MemoryLayout<DropReason>.size == 1) }
}
