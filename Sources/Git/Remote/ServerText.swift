/// What a server says, made fit for a terminal, a page or a log.
///
/// Escape sequences and control characters go (C0, DEL, C1, line separators and the marks that turn the reading direction);
/// so do the lines in which git tells how far it is. What is left is bounded.
enum ServerText {
    static let maxLines = 20
    static let maxLength = 400

    /// Line by line, without blanks around each and without empty ones. Of too many, the last are kept: a refusal comes
    /// at the end.
    static func lines(_ text: some StringProtocol) -> [String] {
        let lines = withoutSequences(text.unicodeScalars).split(whereSeparator: { $0 == "\n" || $0 == "\r" })
        let shown = lines.map { line in
            String(String.UnicodeScalarView(line.filter(isShown))).trimmingBlanks()
        }
        return shown.filter { !$0.isEmpty && !isProgress($0) }.suffix(maxLines).map { line in
            line.count <= maxLength ? line : line.prefix(maxLength) + "…"
        }
    }

    /// All of it in one line.
    static func line(_ text: some StringProtocol) -> String { lines(text).joined(separator: "; ") }

    private static func isShown(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7f...0x9f, 0x200b...0x200f, 0x2028...0x202e, 0x2060...0x2069, 0xfeff: false
        default: true
        }
    }

    /// As git writes them on its error output: `Counting objects:  12% (3/25)`, `Total 25 (delta 3), reused …`.
    private static func isProgress(_ line: String) -> Bool {
        let text = line.hasPrefix("remote: ") ? line.dropFirst(8) : line[...]
        let doings = ["Enumerating", "Counting", "Compressing", "Receiving", "Writing", "Unpacking", "Indexing"]
        if text.hasPrefix("Resolving deltas:") || text.hasPrefix("Total ") && text.contains("(delta ") { return true }
        return doings.contains { text.hasPrefix($0 + " objects:") }
    }

    private enum State { case text, escape, control, string, stringEscape }

    /// Without `ESC [ … letter`, `ESC ] … BEL` and their like (ECMA-48), whose letters would be left over otherwise.
    private static func withoutSequences(_ text: some Sequence<Unicode.Scalar>) -> [Unicode.Scalar] {
        var state = State.text
        var result: [Unicode.Scalar] = []
        for scalar in text {
            switch (state, scalar.value) {
            case (_, 0x0a), (_, 0x0d):
                // Nothing goes on over the end of a line: a sequence that is never closed must not hide the rest.
                state = .text
                result.append(scalar)
            case (.text, 0x1b): state = .escape
            case (.text, 0x9b): state = .control
            case (.text, 0x90), (.text, 0x98), (.text, 0x9d...0x9f): state = .string
            case (.text, _): result.append(scalar)
            case (.escape, 0x5b): state = .control
            case (.escape, 0x50), (.escape, 0x58), (.escape, 0x5d...0x5f): state = .string
            case (.escape, 0x20...0x2f): break
            case (.escape, _): state = .text
            case (.control, 0x40...0x7e): state = .text
            case (.control, _): break
            case (.string, 0x07), (.string, 0x9c): state = .text
            case (.string, 0x1b): state = .stringEscape
            case (.string, _): break
            case (.stringEscape, _): state = .text
            }
        }
        return result
    }
}

extension String {
    fileprivate func trimmingBlanks() -> String {
        String(drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }
}
