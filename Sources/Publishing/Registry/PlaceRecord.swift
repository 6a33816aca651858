import FoundationEssentials
import Model

/// What a place says of itself, in `.strata/` among the site's files:
///
/// | file | holds |
/// |---|---|
/// | `site.json` | which state of the site is there, and where the list of its files is |
/// | `files/N-PART.json` | a mark of each file, as of change N |
/// | `changes/N.json` | what change N writes and removes; it is there before the change begins |
///
/// So the cost of a change follows the change, and one that died leaves word of what it may have done.
struct PlaceRecord: Sendable, Codable {
    private(set) var format = 1
    /// Whose site it is.
    let owner: String
    /// Names the state; nil while it is on its way to one.
    var tip: String?
    /// Changes that are done.
    var changes = 0
    /// The change that the list was written after, and its parts.
    var list = 0
    var parts = 0
    /// Files of the record that nobody needs any more.
    var stale: [String] = []

    init(owner: String) { self.owner = owner }

    static let path = ".strata/site.json"

    /// Digest of a file's bytes and of how the place keeps them. Empty for a file that a change which died may have
    /// written; nil for one that it removed.
    typealias Marks = [String: String?]

    static func mark(_ bytes: [UInt8], _ form: String) -> String {
        ContentDigest.of("\(form) \(ContentDigest.of(bytes).hex)").hex
    }

    static func path(ofChange number: Int) -> String { ".strata/changes/\(number).json" }

    private func path(ofPart part: Int) -> String { ".strata/files/\(list)-\(part).json" }

    /// The record, and the change that was begun after it.
    static func read(_ place: any SitePlace) async throws -> (record: PlaceRecord, begun: Marks?)? {
        try await place.withFiles { read in
            guard let record = try decode(PlaceRecord.self, path, read(path)) else { return nil }
            guard record.format == 1 else {
                throw StrataError(
                    .unsupported, "the site was put there by a newer version of Strata", hint: "update this one",
                    place: .init(file: path))
            }
            let next = Self.path(ofChange: record.changes + 1)
            return (record, try decode(Marks.self, next, read(next)))
        }
    }

    /// All files that the place has, or may have.
    /// - Parameter begun: what a change that died has begun to do.
    func files(_ place: any SitePlace, begun: Marks?) async throws -> [String: String] {
        try await place.withFiles { [self] read in
            func marks(_ path: String) throws -> Marks {
                guard let marks = try Self.decode(Marks.self, path, read(path)) else {
                    throw StrataError(
                        .inconsistent, "a part of the record of the site's files is missing", place: .init(file: path))
                }
                return marks
            }
            var files: [String: String] = [:]
            for part in 0..<parts { files.merge(try marks(path(ofPart: part)).compactMapValues { $0 }) { $1 } }
            for number in list..<changes {
                for (path, mark) in try marks(Self.path(ofChange: number + 1)) { files[path] = mark }
            }
            for path in (begun ?? [:]).keys { files[path] = "" }
            return files
        }
    }

    /// Writes a new list in place of the old one and of the changes since.
    mutating func write(list files: [String: String], to place: any SitePlace) async throws {
        stale = (0..<parts).map(path(ofPart:)) + (list..<changes).map { Self.path(ofChange: $0 + 1) }
        list = changes
        let paths = files.keys.sorted()
        parts = (paths.count + Self.partSize - 1) / Self.partSize
        for part in 0..<parts {
            let some = paths[part * Self.partSize..<min((part + 1) * Self.partSize, paths.count)]
            try await place.write(
                Self.encode(Dictionary(uniqueKeysWithValues: some.map { ($0, files[$0]) })), to: path(ofPart: part))
        }
    }

    func write(to place: any SitePlace) async throws { try await place.write(Self.encode(self), to: Self.path) }

    private static let partSize = 20_000

    static func encode(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(value))
    }

    private static func decode<Value: Decodable>(
        _: Value.Type, _ path: String, _ bytes: [UInt8]?
    ) throws -> Value? {
        guard let bytes else { return nil }
        do {
            return try JSONDecoder().decode(Value.self, from: Data(bytes))
        } catch {
            throw StrataError(
                .inconsistent, "the record of the site's files is damaged",
                hint: "remove '.strata/' there: the next run puts every file anew", place: .init(file: path))
        }
    }
}
