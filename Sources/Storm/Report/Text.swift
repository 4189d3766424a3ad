// Formats numbers for people.

/// A whole number with a comma before each group of three digits.
package func grouped(_ number: some BinaryInteger) -> String {
    var text = ""
    for (position, digit) in String(number).reversed().enumerated() {
        if position > 0, position % 3 == 0, digit != "-" { text.append(",") }
        text.append(digit)
    }
    return String(text.reversed())
}

/// A duration with three digits, in a suitable unit: "31.2 µs", "412 ms", "2.05 s".
package func durationText(_ duration: Duration) -> String {
    let seconds = duration / .seconds(1)
    switch seconds {
    case ..<0.001: return threeDigits(seconds * 1e6) + " µs"
    case ..<1: return threeDigits(seconds * 1e3) + " ms"
    default: return threeDigits(seconds) + " s"
    }
}

/// Three digits, such as 1.23, 12.3 and 123, without trailing zeros after the point.
private func threeDigits(_ number: Double) -> String {
    let decimals = number < 9.995 ? 2 : number < 99.95 ? 1 : 0
    let scale = [1.0, 10, 100][decimals]
    let scaled = Int((number * scale).rounded())
    var text = grouped(scaled / Int(scale))
    var fraction = String(scaled % Int(scale))
    while fraction.count < decimals { fraction = "0" + fraction }
    while fraction.last == "0" { fraction.removeLast() }
    if decimals > 0, !fraction.isEmpty { text += "." + fraction }
    return text
}

extension String {
    /// The text at the right edge of a column of `width` characters.
    func rightAligned(_ width: Int) -> String { String(repeating: " ", count: max(0, width - count)) + self }
    /// The text at the left edge of a column of `width` characters.
    func leftAligned(_ width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
