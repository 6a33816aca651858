/// "Did you mean…": the nearest of the words that would have been right.
enum Nearest {
    /// The words with the fewest edits, if they are few for their length; the nearest first, at most `count`.
    static func words(to word: String, among words: some Sequence<String>, count: Int = 3) -> [String] {
        guard word.utf8.count <= 64 else { return [] }
        let lower = word.lowercased()
        let near = Set(words).compactMap { candidate -> (word: String, distance: Int)? in
            // What differs this much in length is not near.
            guard abs(candidate.utf8.count - lower.utf8.count) <= 4 else { return nil }
            let distance = distance(Array(lower.utf8), Array(candidate.lowercased().utf8))
            return distance <= max(1, candidate.utf8.count / 4) ? (candidate, distance) : nil
        }
        return near.sorted { ($0.distance, $0.word) < ($1.distance, $1.word) }.prefix(count).map(\.word)
    }

    /// Insertions, deletions, replacements and swaps of neighbours (optimal string alignment).
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var beforeLast = [Int](repeating: 0, count: right.count + 1)
        var last = Array(0...right.count)
        for row in left.indices {
            var next = [row + 1]
            for column in right.indices {
                var cost = min(next[column], last[column + 1]) + 1
                cost = min(cost, last[column] + (left[row] == right[column] ? 0 : 1))
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    cost = min(cost, beforeLast[column - 1] + 1)
                }
                next.append(cost)
            }
            (beforeLast, last) = (last, next)
        }
        return last[right.count]
    }
}
