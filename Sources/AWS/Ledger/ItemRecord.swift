import Model

/// A record of an item beside its head, as the model knows it.
enum ItemRecord: Sendable, Hashable {
    case build(Build)
    case alias(ContentsKey, buildNumber: Int)
    case release(Release)
    case note(Region, Note)
    case intent(Intent)

    /// The build that it refers to, if it does.
    var buildNumber: Int? {
        switch self {
        case .alias(_, let buildNumber): buildNumber
        case .release(let release): release.buildNumber
        case .build, .note, .intent: nil
        }
    }

    /// Where it lies in the item's partition.
    var sort: String {
        switch self {
        case .build(let build): Self.build(build.buildNumber)
        case .alias(let contents, _): Self.alias(contents)
        case .release(let release): Self.release(release.id)
        case .note(let region, _): Self.note(region)
        case .intent(let intent): Self.intent(intent.id)
        }
    }

    static func build(_ buildNumber: Int) -> String { "build#\(LedgerTable.pad(buildNumber, 9))" }
    static func alias(_ contents: ContentsKey) -> String { "alias#\(contents)" }
    /// The key does not tell the account. Whoever comes first has it; see `release(_:besides:)`.
    static func release(_ id: Release.ID) -> String { "release#\(LedgerTable.sort(id))" }
    /// Where a release lies whose key another account's has: the same name and number exist in both.
    static func release(besides id: Release.ID) -> String { "\(release(id))#\(id.account)" }
    static func note(_ region: Region) -> String { "note#\(region)" }
    static func intent(_ id: Intent.ID) -> String { "intent#\(LedgerTable.sort(id))" }

    /// The record, stamped with its item's revision.
    /// - Parameter sort: where it lies, if that is not `sort`.
    func record(
        of item: Item, at sort: String? = nil, revision: Int, _ body: RecordBody
    ) async throws -> Record {
        var record = RecordKey(LedgerTable.partition(of: item), sort ?? self.sort).record
        record["revision"] = .number(revision)
        switch self {
        case .build(let build):
            record.merge(try await body.attributes(build)) { $1 }
            record["version"] = .text(build.version)
            record["gpk"] = .text("built#\(build.created.date.prefix(7))")
            record["gsk"] = .text("\(build.created)#\(LedgerTable.sort(item))#\(LedgerTable.pad(build.buildNumber, 9))")
        case .alias(_, let buildNumber): record["serial"] = .number(buildNumber)
        case .release(let release):
            record.merge(try await body.attributes(release)) { $1 }
            if let place = Self.listing(release) {
                record["gpk"] = .text(place.partition)
                record["gsk"] = .text(place.sort)
            }
        case .note(_, let note): record.merge(try await body.attributes(note)) { $1 }
        case .intent(let intent): record.merge(try await body.attributes(intent)) { $1 }
        }
        return record
    }

    /// Where the index lists a release: the latest by region, what may be deleted by its expiry, others nowhere.
    static func listing(_ release: Release) -> RecordKey? {
        switch release.status {
        case .latest:
            return RecordKey(
                "latest#\(release.id.region)", "\(LedgerTable.sort(release.item))#\(LedgerTable.sort(release.id))")
        case .deprecated:
            guard let expires = release.expires, !release.isPinned, !release.isExternal else { return nil }
            let id = LedgerTable.sort(release.id)
            return RecordKey("due#\(LedgerTable.shard(id))", "\(LedgerTable.pad(expires.seconds, 12))#\(id)")
        default: return nil
        }
    }

    /// - Throws: `inconsistent` for a record that no version of this format wrote.
    init(_ record: Record, _ body: RecordBody) async throws {
        let sort = record["sk"]?.text ?? ""
        let kind = sort.prefix { $0 != "#" }
        let rest = String(sort.dropFirst(kind.count + 1))
        switch kind {
        case "build": self = .build(try await body.value(of: record))
        case "alias":
            guard let contents = ContentsKey(rest), let buildNumber = record["serial"]?.number else {
                throw Self.unknown(sort)
            }
            self = .alias(contents, buildNumber: buildNumber)
        case "release": self = .release(try await body.value(of: record))
        case "note":
            guard let region = Region(rest) else { throw Self.unknown(sort) }
            self = .note(region, try await body.value(of: record))
        case "intent": self = .intent(try await body.value(of: record))
        default: throw Self.unknown(sort)
        }
    }

    private static func unknown(_ sort: String) -> StrataError {
        StrataError(
            .inconsistent, "the ledger holds a record '\(sort)', which this version of Strata cannot read",
            hint: "use a newer one")
    }
}
