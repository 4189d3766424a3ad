/// Finds the word that the operator probably meant.
enum NearestWord {
    /// The nearest of `words`, ignoring case. Nil if it differs from `word` in more than two letters, or in more than
    /// one letter for every three letters of its length.
    static func find(_ word: String, among words: [String]) -> String? {
        guard word.utf8.count <= 32 else { return nil }
        let typed = Array(word.lowercased().utf8)
        let candidates = words.map { (word: $0, distance: distance(typed, Array($0.lowercased().utf8))) }
        guard let nearest = candidates.min(by: { $0.distance < $1.distance }),
            nearest.distance <= min(2, nearest.word.utf8.count / 3)
        else { return nil }
        return nearest.word
    }

    /// How many letters were omitted, inserted, replaced or swapped with their neighbours.
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for row in 1..<left.count + 1 {
            var current = [row]
            for column in 1..<right.count + 1 {
                let isSame = left[row - 1] == right[column - 1]
                var best = min(last[column - 1] + (isSame ? 0 : 1), last[column] + 1, current[column - 1] + 1)
                if row > 1, column > 1, left[row - 1] == right[column - 2], left[row - 2] == right[column - 1] {
                    best = min(best, beforeLast[column - 2] + 1)
                }
                current.append(best)
            }
            (beforeLast, last) = (last, current)
        }
        return last[right.count]
    }
}
