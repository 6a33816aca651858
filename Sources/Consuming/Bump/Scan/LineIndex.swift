/// Where a file's lines begin.
struct LineIndex {
    private let bytes: [UInt8]
    private let starts: [Int]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        var starts = [0]
        for (index, byte) in bytes.enumerated() where byte == 0x0a { starts.append(index + 1) }
        self.starts = starts
    }

    /// The line that holds an offset: its number, from 1, and where it begins.
    func line(of offset: Int) -> (number: Int, start: Int) {
        var (low, high) = (0, starts.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= offset { low = middle } else { high = middle }
        }
        return (low + 1, starts[low])
    }

    /// The line after one; nil after the last.
    func line(after number: Int) -> (number: Int, start: Int)? {
        starts.indices.contains(number) ? (number + 1, starts[number]) : nil
    }

    /// Where the line before the one that begins at an offset begins.
    func start(before start: Int) -> Int? {
        start > 0 ? line(of: start - 1).start : nil
    }

    /// At most the first 4 KB of a line: what is looked for is meant for people.
    func text(from start: Int) -> String {
        String(decoding: bytes[start..<min(bytes.count, start + 4096)].prefix { $0 != 0x0a }, as: UTF8.self)
    }

    /// Whether a line holds nothing but a comment.
    static func isComment(_ line: String) -> Bool {
        let text = line.drop { $0 == " " || $0 == "\t" }
        return (LayerWish.openings + ["<!--"]).contains { text.hasPrefix($0) }
    }
}

extension [UInt8] {
    /// Where a text of two bytes or more is found first, at or after an offset.
    func place(of text: [UInt8], from start: Int) -> Int? {
        guard text.count >= 2, count >= text.count, start <= count - text.count else { return nil }
        return withUnsafeBufferPointer { buffer in
            var index = start
            while index <= buffer.count - text.count {
                if buffer[index] == text[0], buffer[index + 1] == text[1],
                    buffer[index..<index + text.count].elementsEqual(text)
                {
                    return index
                }
                index += 1
            }
            return nil
        }
    }
}
