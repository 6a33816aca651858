import Model

/// Tells what an ARN is, from the registry alone.
public struct ARNExplainer: Sendable {
    private let catalog: RegistryCatalog
    private let now: Timestamp

    public init(_ catalog: RegistryCatalog, now: Timestamp) {
        self.catalog = catalog
        self.now = now
    }

    /// - Throws: `notFound` if the registry has no layer under that name; what reading it throws.
    public func explain(_ arn: LayerARN) async throws -> ExplainedARN {
        let reference = LayerReference(arn)
        guard let history = try await catalog.history(behind: reference) else {
            throw StrataError(
                .notFound, "the registry has no layer published as \(arn.name) by \(arn.account)",
                hint: "is it another registry's?")
        }
        let own = history.releases.filter { reference.fits(account: $0.account, name: $0.name) }
        let listed = own.first { $0.arn(in: arn.region) == arn }
        let items = Set((listed.map { [$0] } ?? own).map(\.item))
        guard let item = items.count == 1 ? items.first : nil else {
            throw StrataError(.inconsistent, "the registry has several layers under the name \(arn.name)")
        }
        let contents = if let listed { try await catalog.build(listed.build, of: item) } else { nil as BuildSummary? }
        let highest = own.compactMap { $0.numbers[arn.region] }.max()
        let latest = history.releases.filter {
            $0.item == item && $0.status == .latest && $0.numbers[arn.region] != nil
        }
        // After a move to another account, what replaces it is there.
        let same = latest.filter { $0.account == arn.account }
        let newest = (same.isEmpty ? latest : same).max { ($0.published, $0.build) < ($1.published, $1.build) }
        let successor = newest.flatMap { $0.arn(in: arn.region) }.flatMap { $0 == arn ? nil : $0 }
        let newer =
            if let newest, successor != nil { try await catalog.build(newest.build, of: item) } else {
                nil as BuildSummary?
            }
        return ExplainedARN(
            arn: arn.description, item: item, build: listed?.build, version: contents?.version,
            status: listed?.status, published: listed?.published, expires: listed?.expires,
            note: note(arn, listed, highest: highest), sha256: contents?.sha256,
            packages: contents.flatMap { $0.packages.isEmpty ? nil : $0.packages },
            replacedBy: successor?.description, replacingVersion: newer?.version)
    }

    private func note(_ arn: LayerARN, _ listed: ListedRelease?, highest: Int?) -> String? {
        if let listed {
            let isOver = listed.status == .deprecated && (listed.expires.map { $0 <= now } ?? false)
            return isOver ? "it may be gone already: its time ended" : listed.fate.map { "it \($0)" }
        }
        guard let highest else { return "the registry lists nothing of it in \(arn.region)" }
        return arn.number > highest
            ? "the registry lists no number above \(highest): it is newer than this copy, or somebody else's"
            : "the registry does not list number \(arn.number) any more"
    }
}

/// What a registry says of an ARN.
public struct ExplainedARN: Sendable, Hashable, Encodable {
    public let arn: String
    public let item: Item
    /// nil where the registry does not list the number.
    public let build: Int?
    public let version: String?
    public let status: Release.Status?
    public let published: Timestamp?
    public let expires: Timestamp?
    /// What is worth knowing beside the status, or in place of it.
    public let note: String?
    public let sha256: ContentDigest?
    /// nil where it is not recorded.
    public let packages: [PackageName: String]?
    /// The latest ARN of the same layer and target in the region, if it is another: of the same account, or, if that has
    /// none any more, of the one that publishes now.
    public let replacedBy: String?
    public let replacingVersion: String?

    private enum Key: String, CodingKey {
        case arn, layer, target, build, version, status, published, expires, note, sha256, packages
        case replacedBy = "replaced-by"
        case replacingVersion = "replacing-version"
    }

    public func encode(to encoder: any Encoder) throws {
        var object = encoder.container(keyedBy: Key.self)
        try object.encode(arn, forKey: .arn)
        try object.encode(item.layer, forKey: .layer)
        try object.encode(item.target, forKey: .target)
        try object.encode(build, forKey: .build)
        try object.encode(version, forKey: .version)
        try object.encode(status, forKey: .status)
        try object.encode(published, forKey: .published)
        try object.encode(expires, forKey: .expires)
        try object.encode(note, forKey: .note)
        try object.encode(sha256, forKey: .sha256)
        try object.encode(
            packages.map { Dictionary(uniqueKeysWithValues: $0.map { ($0.key.text, $0.value) }) }, forKey: .packages)
        try object.encode(replacedBy, forKey: .replacedBy)
        try object.encode(replacingVersion, forKey: .replacingVersion)
    }

    /// Some lines for people.
    public var text: String {
        var lines = ["\(arn)"]
        let which = build.map { ", build \($0)" } ?? ""
        lines.append("  \(item.layer) \(version ?? "of an unknown version") for \(item.target)\(which)")
        if let status {
            lines.append("  \(status.rawValue)" + (published.map { ", published \($0.date)" } ?? ""))
        }
        if let note { lines.append("  \(note)") }
        if let replacedBy {
            lines.append("  replaced by \(replacedBy)" + (replacingVersion.map { " (\($0))" } ?? ""))
        } else if status != .latest {
            lines.append("  nothing replaces it")
        }
        if let sha256 { lines.append("  sha256 \(sha256.hex)") }
        if let packages {
            lines.append(
                "  holds " + packages.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
            )
        } else if build != nil {
            lines.append("  contents not recorded")
        }
        return lines.joined(separator: "\n")
    }
}
