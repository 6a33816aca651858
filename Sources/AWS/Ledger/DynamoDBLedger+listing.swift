import Model

/// What the index answers beyond the port: for whoever looks into a fleet's table. It may lag a moment behind.
extension DynamoDBLedger {
    /// The releases of a region that are the latest of their item, by item.
    public func latest(in region: Region) async throws -> [Release] {
        try await releases(
            database.query(.listing(Expression("gpk = :p", values: [":p": .text("latest#\(region)")]))))
    }

    /// The latest release of an item in a region, strongly consistent; nil if it has none there.
    public func latest(of item: Item, in region: Region) async throws -> Release? {
        try await releases(
            database.query(
                .partition(
                    LedgerTable.partition(of: item), beginning: ItemRecord.release(in: region), isDescending: true))
        ).first { $0.status == .latest }
    }

    /// The latest releases of an item in all regions.
    public func latest(of item: Item) async throws -> [Release] {
        try await releases(database.query(.partition(LedgerTable.partition(of: item), beginning: "release#")))
            .filter { $0.status == .latest }
    }

    /// The builds of an item, newest first.
    public func history(of item: Item) async throws -> [Build] {
        var builds: [Build] = []
        let query = DynamoDB.Query.partition(
            LedgerTable.partition(of: item), beginning: "build#", isDescending: true)
        for record in try await database.query(query) {
            guard case .build(let build) = try await ItemRecord(record, body) else { continue }
            builds.append(build)
        }
        return builds
    }

    /// What was built in a month of the calendar, newest first.
    /// - Parameter month: as `2026-11`.
    public func builds(in month: String, limit: Int) async throws -> [BuildReference] {
        let query = DynamoDB.Query.listing(
            Expression("gpk = :p", values: [":p": .text("built#\(month)")]), isDescending: true, limit: limit)
        return try await database.query(query).map { record in
            guard let version = record["version"]?.text, let parts = record["gsk"]?.text?.split(separator: "#"),
                let created = parts.first.flatMap({ Timestamp(String($0)) }),
                let buildNumber = parts.last.flatMap({ Int($0) }),
                let item = Item(partition: record["pk"]?.text ?? "")
            else { throw StrataError(.inconsistent, "the index holds a build that cannot be read") }
            return BuildReference(item: item, buildNumber: buildNumber, version: version, created: created)
        }
    }
}

/// A build by name: the index does not repeat what is in it.
public struct BuildReference: Sendable, Hashable {
    public let item: Item
    public let buildNumber: Int
    public let version: String
    public let created: Timestamp

    public init(item: Item, buildNumber: Int, version: String, created: Timestamp) {
        self.item = item
        self.buildNumber = buildNumber
        self.version = version
        self.created = created
    }
}

extension ItemRecord {
    /// What the sort keys of an item's releases in a region begin with.
    fileprivate static func release(in region: Region) -> String { "release#\(region)#" }
}

extension Item {
    /// The item whose partition it is.
    fileprivate init?(partition: String) {
        let parts = partition.split(separator: "#")
        guard parts.count == 3, parts[0] == "item", let layer = LayerName(String(parts[1])),
            let target = Target(String(parts[2]))
        else { return nil }
        self.init(layer, target)
    }
}
