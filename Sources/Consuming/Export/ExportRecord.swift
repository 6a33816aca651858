import FoundationEssentials
import Model

/// One line of a ledger's export. The format is described in `docs/export-format.md`; a test holds the two together.
enum ExportRecord: Sendable, Hashable {
    case header(version: Int, written: Timestamp)
    case event(Event)
    case intent(Intent)
    case mark(name: String, value: String)
    /// The last line: how many lines lie between the first and this one. A file without it was cut off.
    case end(records: Int)
}

extension ExportRecord: Codable {
    private enum Key: String, CodingKey, CaseIterable {
        case export = "strata-export"
        case build, alias, release, note, resolution, hold, intent, mark, end
    }

    private struct Header: Codable {
        let version: Int
        let written: Timestamp
    }
    private struct Alias: Codable {
        let item: Item
        let contents: ContentsKey
        let buildNumber: Int

        private enum CodingKeys: String, CodingKey {
            case item, contents, buildNumber = "serial"
        }
    }
    private struct Noted: Codable {
        let item: Item
        let region: Region
        let note: Note
    }
    private struct Resolved: Codable {
        let item: Item
        let resolution: Resolution
    }
    private struct Held: Codable {
        let item: Item
        let hold: Hold
    }
    private struct Mark: Codable {
        let name: String
        let value: String
    }
    private struct End: Codable {
        let records: Int
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        switch self {
        case .header(let version, let written):
            try container.encode(Header(version: version, written: written), forKey: .export)
        case .event(.built(let build)): try container.encode(build, forKey: .build)
        case .event(.released(let release)): try container.encode(release, forKey: .release)
        case .event(.same(let item, let contents, let buildNumber)):
            try container.encode(Alias(item: item, contents: contents, buildNumber: buildNumber), forKey: .alias)
        case .event(.noted(let item, let region, let note?)):
            try container.encode(Noted(item: item, region: region, note: note), forKey: .note)
        case .event(.resolved(let item, let resolution)):
            try container.encode(Resolved(item: item, resolution: resolution), forKey: .resolution)
        case .event(.held(let item, let hold?)):
            try container.encode(Held(item: item, hold: hold), forKey: .hold)
        case .event(.noted(_, _, nil)), .event(.held(_, nil)):
            throw EncodingError.invalidValue(
                self, .init(codingPath: encoder.codingPath, debugDescription: "what is over is not exported"))
        case .intent(let intent): try container.encode(intent, forKey: .intent)
        case .mark(let name, let value): try container.encode(Mark(name: name, value: value), forKey: .mark)
        case .end(let records): try container.encode(End(records: records), forKey: .end)
        }
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        guard container.allKeys.count == 1, let key = container.allKeys.first else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "a line has exactly one key that is known"))
        }
        switch key {
        case .export:
            let header = try container.decode(Header.self, forKey: key)
            self = .header(version: header.version, written: header.written)
        case .build: self = .event(.built(try container.decode(Build.self, forKey: key)))
        case .release: self = .event(.released(try container.decode(Release.self, forKey: key)))
        case .alias:
            let alias = try container.decode(Alias.self, forKey: key)
            self = .event(.same(alias.item, alias.contents, buildNumber: alias.buildNumber))
        case .note:
            let noted = try container.decode(Noted.self, forKey: key)
            self = .event(.noted(noted.item, noted.region, noted.note))
        case .resolution:
            let resolved = try container.decode(Resolved.self, forKey: key)
            self = .event(.resolved(resolved.item, resolved.resolution))
        case .hold:
            let held = try container.decode(Held.self, forKey: key)
            self = .event(.held(held.item, held.hold))
        case .intent: self = .intent(try container.decode(Intent.self, forKey: key))
        case .mark:
            let mark = try container.decode(Mark.self, forKey: key)
            self = .mark(name: mark.name, value: mark.value)
        case .end: self = .end(records: try container.decode(End.self, forKey: key).records)
        }
    }

    /// The line with its end. Keys are sorted: the same ledger gives the same bytes.
    func line() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(self)) + [UInt8(ascii: "\n")]
    }
}
