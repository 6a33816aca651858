/// "Did you mean…": the nearest of the words that would have been right.
package enum Suggestion {
    /// The hint for a word that is none of `words`: the nearest one, or all of them if they are few.
    package static func hint(for word: String, among words: [String]) -> String? {
        if let near = nearest(to: word, among: words) { return "did you mean '\(near)'?" }
        guard !words.isEmpty, words.count <= 12 else { return nil }
        return "it is one of " + words.map { "'\($0)'" }.joined(separator: ", ")
    }

    /// The word with the fewest edits, if they are few for its length; the first among equals.
    package static func nearest(to word: String, among words: [String]) -> String? {
        guard word.utf8.count <= 64 else { return nil }
        let lower = word.lowercased()
        let near = words.map { ($0, distance(lower, $0.lowercased())) }.min { $0.1 < $1.1 }
        guard let near, near.1 <= max(1, near.0.count / 3) else { return nil }
        return near.0
    }

    /// The nearest of many words, at most `count`: those that differ little for their length.
    package static func nearest(to word: String, among words: some Sequence<String>, count: Int) -> [String] {
        guard word.utf8.count <= 64 else { return [] }
        let lower = word.lowercased()
        let near = Set(words).compactMap { candidate -> (word: String, distance: Int)? in
            // What differs this much in length is not near.
            guard abs(candidate.utf8.count - lower.utf8.count) <= 4 else { return nil }
            let distance = distance(lower, candidate.lowercased())
            return distance <= max(1, candidate.utf8.count / 4) ? (candidate, distance) : nil
        }
        return near.sorted { ($0.distance, $0.word) < ($1.distance, $1.word) }.prefix(count).map(\.word)
    }

    /// Insertions, deletions, replacements and swaps of neighbours (optimal string alignment).
    private static func distance(_ left: String, _ right: String) -> Int {
        let left = Array(left.utf8)
        let right = Array(right.utf8)
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
