import Testing

@testable import Storm

@Suite("Numbers for people")
struct TextTests {
    @Test(
        "whole numbers have commas",
        arguments: [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567"), (-1234, "-1,234")])
    func groups(number: Int, text: String) {
        #expect(grouped(number) == text)
    }

    @Test(
        "durations have three digits and a unit that suits them",
        arguments: [
            (Duration.zero, "0 µs"), (.nanoseconds(31_240), "31.2 µs"), (.nanoseconds(950), "0.95 µs"),
            (.microseconds(999), "999 µs"), (.microseconds(1000), "1 ms"), (.milliseconds(412), "412 ms"),
            (.milliseconds(2050), "2.05 s"), (.seconds(30), "30 s"), (.seconds(4000), "4,000 s"),
        ])
    func durations(duration: Duration, text: String) {
        #expect(durationText(duration) == text)
    }
}
