import Model

/// A release as another system's files tell it.
public struct ImportedRelease: Sendable, Hashable {
    public let id: Release.ID
    public let arn: String
    public let item: Item
    public let version: String
    /// What the file says; nil if it says nothing of it.
    public let status: Release.Status?
    public let expires: Timestamp?
    /// When it was published, where the file tells.
    public let created: Timestamp?
    /// What is inside, sorted by name, where the file tells; empty if not.
    public let packages: [Build.Package]
    public let source: ImportSource
}

/// A place in a file that was imported.
public struct ImportSource: Sendable, Hashable, CustomStringConvertible {
    public let file: String
    public let line: Int

    public init(file: String, line: Int) {
        self.file = file
        self.line = line
    }

    public var description: String { "\(file):\(line)" }
}

/// A row that was not taken, or one of which something was inferred, and why.
public struct ImportRemark: Sendable, Hashable, CustomStringConvertible {
    public let source: ImportSource
    public let reason: String

    public init(_ source: ImportSource, _ reason: String) {
        self.source = source
        self.reason = reason
    }

    public var description: String { "\(source): \(reason)" }
}

/// What reading another system's files came to.
public struct ImportResult: Sendable {
    /// Each release once, in the order in which they were met.
    public internal(set) var releases: [ImportedRelease] = []
    /// Rows that were not taken.
    public internal(set) var refusals: [ImportRemark] = []
    /// Rows that were taken although something of them could not be read, or that repeat another.
    public internal(set) var remarks: [ImportRemark] = []
    /// Rows that say nothing new by design: heads of tables, builds without a release.
    public internal(set) var passedOver = 0

    private var places: [Release.ID: Int] = [:]

    public init() {}

    /// Adds a release. One that was met before must say the same; the one that says more is kept.
    mutating func add(_ release: ImportedRelease) {
        guard let place = places[release.id] else {
            places[release.id] = releases.count
            releases.append(release)
            return
        }
        let known = releases[place]
        guard known.arn == release.arn, known.item == release.item, known.version == release.version,
            known.status == nil || release.status == nil || known.status == release.status,
            known.expires == nil || release.expires == nil || known.expires == release.expires
        else {
            refusals.append(ImportRemark(release.source, "it contradicts \(known.source) about \(release.arn)"))
            return
        }
        remarks.append(ImportRemark(release.source, "it repeats \(known.source)"))
        releases[place] = ImportedRelease(
            id: known.id, arn: known.arn, item: known.item, version: known.version,
            status: known.status ?? release.status, expires: known.expires ?? release.expires,
            created: known.created ?? release.created,
            packages: known.packages.isEmpty ? release.packages : known.packages, source: known.source)
    }
}
