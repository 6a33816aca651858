import FoundationEssentials
import GRDB
import Model

/// A build as a row.
enum BuildRow {
    static let columns = "item, serial, version, created, contents, sha256, requirements, packages, artifact"

    static func arguments(_ build: Build, row: Int64) throws -> StatementArguments {
        [
            row, build.buildNumber, build.version, build.created.seconds, build.artifact?.contents.description,
            build.artifact?.sha256.hex, try LedgerJSON.text(of: build.requirements),
            try LedgerJSON.text(of: build.packages), try build.artifact.map { try LedgerJSON.text(of: $0) },
        ]
    }

    static func build(_ row: Row, item: Item) throws -> Build {
        Build(
            buildNumber: row[1], item: item, version: row[2],
            artifact: try (row[8] as String?).map { try LedgerJSON.value(of: $0) },
            requirements: try LedgerJSON.list(of: row[6]), packages: try LedgerJSON.list(of: row[7]),
            created: Timestamp(seconds: row[3]))
    }
}

/// A release as a row.
enum ReleaseRow {
    static let columns =
        """
        item, serial, region, name, number, arn, external, status, published, expires, reason, pinned, revoked, announced,
        account, audience
        """

    static func arguments(_ release: Release, row: Int64) -> StatementArguments {
        [
            row, release.buildNumber, release.id.region.code, release.id.name, release.id.number, release.arn,
            release.isExternal, release.status.rawValue, release.published.seconds, release.expires?.seconds,
            release.reason, release.isPinned, release.isRevoked, release.announced?.seconds,
            release.id.account, release.audience?.description,
        ]
    }

    static func release(_ row: Row, item: Item) throws -> Release {
        Release(
            id: Release.ID(
                account: row[14], region: try LedgerText.region(row[2]), name: row[3], number: row[4]), item: item,
            buildNumber: row[1], arn: row[5], isExternal: row[6],
            status: try LedgerText.word(row[7], Release.Status.init(rawValue:)),
            published: Timestamp(seconds: row[8]), expires: (row[9] as Int?).map(Timestamp.init(seconds:)),
            announced: (row[13] as Int?).map(Timestamp.init(seconds:)), reason: row[10], isPinned: row[11],
            isRevoked: row[12],
            audience: try (row[15] as String?).map { try LedgerText.word($0, Audience.init(_:)) })
    }
}

/// An intent as a row.
enum IntentRow {
    static let columns = "item, publication, part, begun, work"

    static func intent(_ row: Row) throws -> Intent {
        Intent(
            id: Intent.ID(row[1], row[2]), work: try LedgerJSON.value(of: row[4]), begun: Timestamp(seconds: row[3]))
    }
}

/// Columns that hold one of the model's words.
enum LedgerText {
    static func word<Word>(_ text: String, _ read: (String) -> Word?) throws(StrataError) -> Word {
        guard let word = read(text) else {
            throw StrataError(.inconsistent, "the ledger holds '\(text)', which is not a \(Word.self)")
        }
        return word
    }

    static func region(_ text: String) throws(StrataError) -> Region { try word(text, Region.init(_:)) }

    static func item(layer: String, major: Int, minor: Int, arm: Bool) throws(StrataError) -> Item {
        Item(
            try word(layer, LayerName.init(_:)), Target(PythonVersion(major, minor), arm ? .arm64 : .x86_64))
    }
}

/// Columns that hold JSON.
enum LedgerJSON {
    static func text(of value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    static func value<Value: Decodable>(of text: String) throws -> Value {
        try JSONDecoder().decode(Value.self, from: Data(text.utf8))
    }

    /// Most lists of a large ledger are empty: those need no decoder.
    static func list<Element: Decodable>(of text: String) throws -> [Element] {
        text == "[]" ? [] : try value(of: text)
    }
}
