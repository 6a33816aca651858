import FoundationEssentials
import Testing

@Suite("The tutorial")
struct TutorialTests {
    /// A block of commands, and the lines that it says are shown.
    private struct Piece {
        let commands: String
        var shown: [String] = []
    }

    private func pieces() throws -> [Piece] {
        let text = try String(contentsOf: URL(filePath: "\(Program.root)/docs/tutorial.md"), encoding: .utf8)
        var pieces: [Piece] = []
        var language: String?
        var lines: [String] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
            guard line.hasPrefix("```") else {
                if language != nil { lines.append(line) }
                continue
            }
            if language == "sh" { pieces.append(Piece(commands: lines.joined(separator: "\n"))) }
            if language == "text", !pieces.isEmpty { pieces[pieces.count - 1].shown = lines }
            language = language == nil ? String(line.dropFirst(3)) : nil
            lines = []
        }
        return pieces
    }

    @Test("its commands do what it says, in an empty folder and in ten minutes")
    func tutorial() async throws {
        let pieces = try pieces()
        try #require(pieces.count >= 8)
        let place = try Workplace()
        try place.write("empty/.keep", "")
        try await place.run("rm", "empty/.keep")
        let programs = [try Program.path(), Program.variables["STRATA_UV"] ?? "uv"]
            .map { $0.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/") }
        let path = (programs + [Program.environment["PATH"] ?? ""]).joined(separator: ":")
        let start = ContinuousClock.now
        for piece in pieces {
            let outcome = try await place.shell(
                "cd empty && exec bash -e -c \"$1\" 2>&1", [piece.commands], environment: ["PATH": path])
            #expect(outcome.code == 0, "\(piece.commands): \(outcome.output)")
            var rest = outcome.output.split(separator: "\n").map(String.init)[...]
            for line in piece.shown {
                let parts = line.split(separator: "…", omittingEmptySubsequences: false).map(String.init)
                let found = rest.firstIndex { Self.matches($0, parts) }
                #expect(found != nil, "'\(line)' is not shown by \(piece.commands):\n\(outcome.output)")
                if let found { rest = rest[(found + 1)...] }
            }
        }
        #expect(ContinuousClock.now - start < .seconds(600))
    }

    /// Whether a line has these parts in their order, and nothing else but between them.
    private static func matches(_ line: String, _ parts: [String]) -> Bool {
        guard line.hasPrefix(parts[0]) else { return false }
        var rest = line.dropFirst(parts[0].count)
        for (index, part) in parts.enumerated().dropFirst() {
            if index == parts.count - 1 { return part.isEmpty || rest.hasSuffix(part) }
            guard let found = rest.firstRange(of: part) else { return false }
            rest = rest[found.upperBound...]
        }
        return rest.isEmpty
    }
}
