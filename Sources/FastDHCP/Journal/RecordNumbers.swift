/// The numbers of the records that were found in a journal.
///
/// A damaged or forged file may hold any number. So no code uses a number as an index or counts up to it. Memory and
/// time depend only on how many records the file holds.
struct RecordNumbers {
    /// In ascending order and without duplicates once `sort` has run.
    private var numbers: [UInt64] = []

    var count: Int { numbers.count }

    mutating func append(_ number: UInt64) { numbers.append(number) }

    /// Sorts the numbers and removes duplicates. No more numbers are appended after this.
    mutating func sort() {
        numbers.sort()
        var uniqueCount = 0
        for number in numbers where uniqueCount == 0 || numbers[uniqueCount - 1] != number {
            numbers[uniqueCount] = number
            uniqueCount += 1
        }
        numbers.removeLast(numbers.count - uniqueCount)
    }

    func contains(_ number: UInt64) -> Bool {
        let index = index(from: number)
        return index < numbers.count && numbers[index] == number
    }

    /// How many numbers of the range were not found.
    func missingCount(in range: Range<UInt64>) -> UInt64 {
        range.upperBound - range.lowerBound - UInt64(index(from: range.upperBound) - index(from: range.lowerBound))
    }

    /// The index of the first number that is at least `number`.
    private func index(from number: UInt64) -> Int {
        var range = numbers.indices
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            range = numbers[middle] < number ? middle + 1..<range.upperBound : range.lowerBound..<middle
        }
        return range.lowerBound
    }
}
