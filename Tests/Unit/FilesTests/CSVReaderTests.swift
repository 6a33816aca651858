import Files
import Contracts
import Testing

@Suite("CSV reader")
struct CSVReaderTests {
    @Test("reads back what RFC 4180 writes, in pieces of any size, with the right lines", arguments: seeds(4))
    func roundTrip(seed: UInt64) {
        var chance = SeededGenerator(seed: seed)
        for _ in 0..<60 {
            let end = Bool.random(using: &chance) ? "\r\n" : "\n"
            var text = Bool.random(using: &chance) ? "\u{feff}" : ""
            var expected: [CSVRecord] = []
            var line = 1
            for _ in 0..<Int.random(in: 0...6, using: &chance) {
                let fields = (0..<Int.random(in: 1...4, using: &chance)).map { _ in
                    chance.text("ab,\"\n\té🐍 ", length: 0...6)
                }
                let written = fields.map { field in
                    let mustQuote = field.contains { ",\"\n\r".contains($0) } || fields == [""]
                    return mustQuote || Bool.random(using: &chance)
                        ? "\"" + field.replacing("\"", with: "\"\"") + "\"" : field
                }.joined(separator: ",")
                expected.append(.fields(fields, line: line))
                text += written + end
                line += written.utf8.count { $0 == UInt8(ascii: "\n") } + 1
            }
            if Bool.random(using: &chance), text.hasSuffix(end) { text.removeLast() }
            #expect(records(Array(text.utf8), &chance) == expected, "seed \(seed): \(text.debugDescription)")
        }
    }

    @Test("any bytes give the same records however they are cut", arguments: seeds(4))
    func cuts(seed: UInt64) {
        var chance = SeededGenerator(seed: seed)
        for _ in 0..<300 {
            let bytes = (0..<Int.random(in: 0...40, using: &chance)).map { _ in
                Array("ab,,\"\"\n\n\r\u{0}".utf8 + [0xff]).randomElement(using: &chance) ?? 0
            }
            var reader = CSVReader()
            var whole: [CSVRecord] = []
            reader.read(bytes) { whole.append($0) }
            reader.finish { whole.append($0) }
            #expect(records(bytes, &chance) == whole, "seed \(seed): \(bytes)")
        }
    }

    @Test(
        "refuses a malformed record with its line, and goes on behind it",
        arguments: [
            ("a\"b,c", "a quote inside a field that does not begin with one", 2),
            ("b,\"a\"b,c", "text follows a closing quote", 6), ("bcd,\"a", "a quote is not closed", 5),
            ("a\u{0}b", "the row holds a control character", 2),
            ("a\u{7f}b", "the row holds a control character", 2),
            ("a\rb", "a carriage return without a line feed", 2),
            ("\"a\"\u{7}", "the row holds a control character", 4),
        ])
    func malformed(text: String, reason: String, column: Int) {
        var chance = SeededGenerator(seed: 7)
        let all = "1,2\n\(text)\n3,4\n"
        let expected: [CSVRecord] = [
            .fields(["1", "2"], line: 1), .malformed(reason, line: 2, column: column), .fields(["3", "4"], line: 3),
        ]
        #expect(records(Array(all.utf8), &chance) == expected)
    }

    @Test("refuses what is no UTF-8 text")
    func encoding() {
        var chance = SeededGenerator(seed: 7)
        let bytes = Array("a,b\ne,".utf8) + [0xc3, 0x28] + Array(",b\nc,d".utf8)
        let expected: [CSVRecord] = [
            .fields(["a", "b"], line: 1), .malformed("the row is not UTF-8", line: 2, column: 3),
            .fields(["c", "d"], line: 3),
        ]
        #expect(records(bytes, &chance) == expected)
    }

    @Test("refuses a record that is too long, quoted or not, and goes on behind its line")
    func length() {
        var chance = SeededGenerator(seed: 7)
        let limit = CSVReader.Limits().record
        let long = String(repeating: "x", count: limit * 3)
        for text in [long, "\"" + long] {
            let all = "1\n\(text)\n2\n"
            let expected: [CSVRecord] = [
                .fields(["1"], line: 1), .malformed("the row is too long", line: 2, column: 1), .fields(["2"], line: 3),
            ]
            var reader = CSVReader()
            var found: [CSVRecord] = []
            let bytes = Array(all.utf8)
            for start in stride(from: 0, to: bytes.count, by: 10_000) {
                reader.read(bytes[start..<min(start + 10_000, bytes.count)]) { found.append($0) }
            }
            reader.finish { found.append($0) }
            #expect(found == expected)
        }
        let allowed = String(repeating: "y", count: limit - 10)
        #expect(records(Array("\(allowed)\n".utf8), &chance) == [.fields([allowed], line: 1)])
    }

    @Test("refuses a field that is too long, and more fields than its limits allow, with their columns")
    func limits() {
        var limits = CSVReader.Limits()
        (limits.field, limits.fields) = (3, 2)
        let found = CSVReader.records(of: Array("a,bcd\na,bcde\na,\"bcde\"\na,b,c\n".utf8), limits)
        #expect(
            found == [
                .fields(["a", "bcd"], line: 1), .malformed("a field is longer than 3 bytes", line: 2, column: 3),
                .malformed("a field is longer than 3 bytes", line: 3, column: 3),
                .malformed("the row has more than 2 columns", line: 4, column: 5),
            ])
    }

    @Test("counts columns from the line that a field begins on")
    func columns() {
        let found = CSVReader.records(of: Array("\"a\nb\",c\"d\nx".utf8))
        #expect(
            found.first
                == .malformed("a quote inside a field that does not begin with one", line: 1, column: 5))
    }

    @Test("passes over empty lines, but not over an empty field in quotes")
    func empty() {
        var chance = SeededGenerator(seed: 7)
        let expected: [CSVRecord] = [.fields(["a"], line: 2), .fields([""], line: 5), .fields(["", ""], line: 6)]
        #expect(records(Array("\na\n\r\n\n\"\"\n,\n\n".utf8), &chance) == expected)
        #expect(records([], &chance).isEmpty)
    }

    /// The records of bytes that arrive in pieces of random sizes.
    private func records(_ bytes: [UInt8], _ chance: inout SeededGenerator) -> [CSVRecord] {
        var reader = CSVReader()
        var found: [CSVRecord] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = rest.prefix(Int.random(in: 1...7, using: &chance) * (bytes.count > 1000 ? 1000 : 1))
            reader.read(piece) { found.append($0) }
            rest = rest.dropFirst(piece.count)
        }
        reader.finish { found.append($0) }
        return found
    }
}
