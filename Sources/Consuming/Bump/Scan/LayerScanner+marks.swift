import Model

extension LayerScanner {
    private static let mark = Array("strata:".utf8)

    /// Numbers alone on their line that a comment says are a layer's: `version = 7  # strata: requests/python3.12`.
    ///
    /// - Parameter isTaken: whether a line holds a reference already, which the comment then speaks of.
    func markedNumbers(_ isTaken: (_ line: Int) -> Bool) -> [LayerOccurrence] {
        var found: [LayerOccurrence] = []
        var position = 0
        while let start = bytes.place(of: Self.mark, from: position) {
            position = start + Self.mark.count
            var line = lines.line(of: start)
            let text = lines.text(from: line.start)
            guard let wish = LayerWish(inLine: text), wish.item != nil else { continue }
            if LineIndex.isComment(text) {
                guard let next = lines.line(after: line.number) else { continue }
                line = next
            }
            guard !isTaken(line.number), let range = loneNumber(in: line.start),
                let value = Int(String(decoding: bytes[range], as: UTF8.self)), value > 0
            else { continue }
            found.append(
                LayerOccurrence(
                    reference: LayerReference(region: nil, account: nil, name: "*", number: value), number: range,
                    name: nil, account: nil, line: line.number, column: range.lowerBound - line.start + 1, wish: wish))
        }
        return found
    }

    /// The number that a line ends with, a comment, quotes and punctuation aside: `"7",  # …`.
    private func loneNumber(in start: Int) -> Range<Int>? {
        let line = bytes[start...].prefix { $0 != 0x0a }
        let text = String(decoding: line, as: UTF8.self)
        var end = line.endIndex
        for opening in LayerWish.openings {
            if let mark = text.firstRange(of: opening + " strata:") {
                end = min(end, start + text[..<mark.lowerBound].utf8.count)
            }
        }
        while end > start, bytes[end - 1].isBlank || "\"',;)".utf8.contains(bytes[end - 1]) { end -= 1 }
        var first = end
        while first > start, bytes[first - 1].isASCIIDigit { first -= 1 }
        guard (1...10).contains(end - first), first > start, "= \t\"'".utf8.contains(bytes[first - 1]) else {
            return nil
        }
        return first..<end
    }
}
