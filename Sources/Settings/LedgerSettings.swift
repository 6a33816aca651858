import Model

/// Where the ledger lives.
public enum LedgerSettings: Sendable, Hashable {
    case sqlite(path: String)
    /// Without a region, the one of the AWS environment is meant.
    case dynamodb(table: String, region: Region?)

    /// Whether a run fills a ledger that is empty or behind from the registry, as where there is no disk that stays.
    enum Rebuilding: String, CaseIterable {
        case never, auto
    }

    /// Reads `sqlite:PATH` or `dynamodb:TABLE[@region]`, as the configuration and the command line have it.
    ///
    /// - Throws: `configuration` for anything else.
    public init(_ text: String) throws(StrataError) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[1].isEmpty else {
            throw StrataError(.configuration, "'\(text)' is not a ledger", hint: Self.forms)
        }
        switch parts[0] {
        case "sqlite": self = .sqlite(path: String(parts[1]))
        case "dynamodb":
            let table = parts[1].split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
            guard (3...255).contains(table[0].utf8.count),
                table[0].utf8.allSatisfy({ $0.isASCIIAlphanumeric || "_.-".utf8.contains($0) })
            else { throw StrataError(.configuration, "'\(table[0])' is not a valid DynamoDB table name") }
            guard table.count == 2 else {
                self = .dynamodb(table: String(table[0]), region: nil)
                return
            }
            guard let region = Region(String(table[1])), region.place != nil else {
                throw StrataError(
                    .configuration, "unknown region '\(table[1])'",
                    hint: Suggestion.hint(for: String(table[1]), among: Region.known.map(\.code)))
            }
            self = .dynamodb(table: String(table[0]), region: region)
        default:
            let near = Suggestion.nearest(to: String(parts[0]), among: ["sqlite", "dynamodb"])
            throw StrataError(
                .configuration, "unknown kind of ledger '\(parts[0])'",
                hint: near.map { "did you mean '\($0)'?" } ?? Self.forms)
        }
    }

    private static let forms = "write sqlite:PATH or dynamodb:TABLE[@region]"
}
