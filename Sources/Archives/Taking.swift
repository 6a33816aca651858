import Model
import Wheels

/// What is taken of an archive, and where it goes: one line of `take`.
struct Taking {
    /// From the archive's top on, whether or not it is written so.
    private let pattern: PathPattern
    private let written: FileSource.Taking

    /// - Throws: `.configuration` for what is no pattern, or no place in a layer.
    init(_ written: FileSource.Taking) throws {
        self.written = written
        let bare = written.pattern.hasSuffix("/") ? String(written.pattern.dropLast()) : written.pattern
        guard let pattern = PathPattern("/" + bare) else {
            throw StrataError(.configuration, "'\(written.pattern.prefix(80))' is not a pattern for an archive's files")
        }
        self.pattern = pattern
    }

    /// Where an archive's files go that the pattern means, itself or through a folder, by their numbers.
    ///
    /// `lib/` gets what is meant under its own name; `lib/x` is the new name of the one that is.
    /// - Throws: `.unbuildable` if nothing is meant, or several files are to have one name.
    func places(in entries: [ArchiveEntry], of name: String) throws -> [(number: Int, path: EntryPath)] {
        var places: [(number: Int, path: EntryPath)] = []
        var meant: Set<EntryPath> = []
        for (number, entry) in entries.enumerated() where entry.kind != .folder {
            let parts = entry.path.components
            guard pattern.matches(entry.path),
                let depth = (1...parts.count).first(where: { depth in
                    pattern.matches(EntryPath(joining: parts[..<depth]))
                })
            else { continue }
            meant.insert(EntryPath(joining: parts[..<depth]))
            let isFolder = written.destination.hasSuffix("/")
            let rest = isFolder ? parts[(depth - 1)...] : parts[depth...]
            let folder = isFolder ? String(written.destination.dropLast()) : written.destination
            let path = EntryPath(joining: ([Array(folder.utf8)[...]] + rest))
            if let problem = entry.problem ?? EntryPath.problem(in: path.bytes[...]) {
                throw StrataError.badWheel(name, entry.path, problem)
            }
            places.append((number, path))
        }
        guard !meant.isEmpty else { throw nothing(in: entries, of: name) }
        guard meant.count == 1 || written.destination.hasSuffix("/") else {
            let shown = meant.sorted().prefix(3).map { "'\($0)'" }.joined(separator: ", ")
            throw StrataError(
                .unbuildable,
                "'\(written.pattern)' means \(meant.count) files or folders (\(shown)…), and "
                    + "'\(written.destination)' is the name of one",
                hint: "write '\(written.destination)/' for a folder", place: .init(file: name))
        }
        return places
    }

    private func nothing(in entries: [ArchiveEntry], of name: String) -> StrataError {
        let files = entries.lazy.filter { $0.kind != .folder }.map { "\($0.path)" }
        let wanted = written.pattern.split(separator: "/").last.map(String.init) ?? written.pattern
        // By their last parts: folders are what versions change.
        let byName = Dictionary(files.map { ($0.split(separator: "/").last.map(String.init) ?? $0, $0) }) { first, _ in
            first
        }
        let near = Suggestion.nearest(to: wanted, among: byName.keys, count: 3).compactMap { byName[$0] }
        let shown = near.isEmpty ? Array(files.prefix(5)) : near
        return StrataError(
            .unbuildable, "nothing in it matches '\(written.pattern)' of 'take'",
            hint: shown.isEmpty
                ? "it has no files" : "it has \(shown.map { "'\($0)'" }.joined(separator: ", ")), among others",
            place: .init(file: name))
    }
}
