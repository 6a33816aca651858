import Model
import Yams

/// The YAML document as a tree of nodes, read within limits.
///
/// Yams gives up at the first duplicate key, so duplicates are blanked out of the text one by one and remembered here:
/// the reader then reports them beside everything else.
struct Document {
    let root: Node
    /// Where a key was blanked out, and what it was.
    let blanked: [Spot: String]

    /// Enough for any person's mistakes; each one costs another parse.
    private static let mostDuplicates = 20

    /// - Throws: `SettingsProblems` with what YAML itself does not allow.
    init(_ bytes: [UInt8], file: String) throws(SettingsProblems) {
        func stop(_ message: String, hint: String? = nil, line: Int = 1, column: Int = 1) -> SettingsProblems {
            let problems = Problems()
            problems.add(message, hint: hint, at: Spot(file: file, line: line, column: column))
            return SettingsProblems(problems.found)
        }
        guard bytes.count <= SourceFile.limit.bytes else { throw stop("the file is larger than 1 MB") }
        guard var text = String(validating: bytes, as: UTF8.self) else {
            let good = String(decoding: bytes, as: UTF8.self).unicodeScalars.prefix { $0 != "\u{fffd}" }
            let place = Self.place(after: String(good))
            throw stop("the file is not UTF-8", line: place.line, column: place.column)
        }
        if text.unicodeScalars.first == "\u{feff}" { text.unicodeScalars.removeFirst() }
        guard !Self.hasAliasesInKeys(text) else {
            throw stop("aliases are not allowed beside keys that are lists, mappings or aliases")
        }

        var blanked: [Spot: String] = [:]
        while true {
            do {
                // The basic resolver keeps every scalar as the text that was written.
                guard let root = try Yams.compose(yaml: text, .basic, .default, .utf8) else {
                    throw stop("the file is empty", hint: "'strata init' writes one to begin with")
                }
                self.root = root
                self.blanked = blanked
                return
            } catch YamlError.duplicatedKeysInMapping(let duplicates, let context) {
                let spot = Spot(file: file, line: context.mark.line, column: context.mark.column)
                guard blanked.count < Self.mostDuplicates,
                    let key = Self.blank(duplicates, at: spot, in: &text, number: blanked.count)
                else {
                    let names = duplicates.map { "'\($0)'" }.joined(separator: ", ")
                    throw stop("\(names) is set twice", line: spot.line, column: spot.column)
                }
                blanked[spot] = key
            } catch let known as SettingsProblems {
                throw known
            } catch {
                let (message, place) = Self.explain(error, in: text)
                let hint =
                    message.contains("alias") ? "text that begins with '*' or '&' needs quotes" : nil
                if let tab = Self.tab(in: text, line: place.line) {
                    throw stop(
                        "a line is indented with a tab, which YAML does not allow", hint: "indent with spaces",
                        line: place.line, column: tab)
                }
                throw stop(message, hint: hint, line: place.line, column: place.column)
            }
        }
    }

    /// Yams hashes keys, and the hash of a key that holds nested aliases takes time exponential in their depth. Keys
    /// with structure have no use here, so text that could hold both is refused unread; too eagerly, but only for
    /// texts that nobody writes.
    private static func hasAliasesInKeys(_ text: String) -> Bool {
        var previous: UInt8 = 0x20
        var alias = false
        var structured = false
        var before: UInt8 = 0
        for byte in text.utf8 {
            let isSpace = byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d
            if previous == UInt8(ascii: "*"), byte.isASCIIAlphanumeric || byte == 0x5f || byte == 0x2d {
                alias = true
                before = UInt8(ascii: "*")
            } else if byte == UInt8(ascii: ":") {
                structured = structured || [UInt8(ascii: "]"), UInt8(ascii: "}"), UInt8(ascii: "*")].contains(before)
            } else if isSpace {
                structured = structured || previous == UInt8(ascii: "?")
            } else if !(before == UInt8(ascii: "*") && (byte.isASCIIAlphanumeric || byte == 0x5f || byte == 0x2d)) {
                before = byte
            }
            if alias, structured { return true }
            previous = byte
        }
        return false
    }

    /// Overwrites a key with as many private characters, so that all other places stay true.
    ///
    /// - Returns: the key, or nil if the text at the place is not one of the keys as they were written.
    private static func blank(_ keys: [String], at spot: Spot, in text: inout String, number: Int) -> String? {
        var scalars = Array(text.unicodeScalars)
        guard var start = offset(of: spot, in: scalars), start < scalars.count else { return nil }
        if scalars[start] == "\"" || scalars[start] == "'" { start += 1 }
        guard let filler = Unicode.Scalar(0xE000 + UInt32(number)),
            let key = keys.filter({ !$0.isEmpty && scalars[start...].starts(with: $0.unicodeScalars) })
                .max(by: { $0.unicodeScalars.count < $1.unicodeScalars.count })
        else { return nil }
        for index in start..<start + key.unicodeScalars.count { scalars[index] = filler }
        text = String(String.UnicodeScalarView(scalars))
        return key
    }

    private static func offset(of spot: Spot, in scalars: [Unicode.Scalar]) -> Int? {
        var line = 1
        var start = 0
        var index = 0
        while line < spot.line {
            guard index < scalars.count else { return nil }
            let scalar = scalars[index]
            index += 1
            if scalar == "\r", index < scalars.count, scalars[index] == "\n" { index += 1 }
            if isLineBreak(scalar) {
                line += 1
                start = index
            }
        }
        return start + spot.column - 1
    }

    /// YAML 1.1's line breaks, which libyaml counts.
    private static func isLineBreak(_ scalar: Unicode.Scalar) -> Bool {
        ["\n", "\r", "\u{85}", "\u{2028}", "\u{2029}"].contains(scalar)
    }

    private static func place(after text: String) -> (line: Int, column: Int) {
        var line = 1
        var column = 1
        for scalar in text.unicodeScalars {
            if scalar == "\n" { (line, column) = (line + 1, 1) } else { column += 1 }
        }
        return (line, column)
    }

    /// The column of a tab in a line's indentation; nil if there is none.
    private static func tab(in text: String, line: Int) -> Int? {
        let lines = text.split(separator: "\n", maxSplits: line, omittingEmptySubsequences: false)
        guard lines.indices.contains(line - 1) else { return nil }
        let indentation = lines[line - 1].prefix { $0 == " " || $0 == "\t" }
        return indentation.firstIndex(of: "\t").map { indentation.distance(from: indentation.startIndex, to: $0) + 1 }
    }

    private static func explain(_ error: any Error, in text: String) -> (String, (line: Int, column: Int)) {
        switch error {
        case YamlError.reader(let problem, let offset, _, _):
            (problem, place(after: String(text.prefix(offset ?? 0))))
        case YamlError.scanner(let context, let problem, let mark, _),
            YamlError.parser(let context, let problem, let mark, _),
            YamlError.composer(let context, let problem, let mark, _):
            ([context?.text, problem].compactMap(\.self).joined(separator: ", "), (mark.line, mark.column))
        default: ("the file cannot be read as YAML: \(error)", (1, 1))
        }
    }
}
