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
    /// Whether sources disagreed, and something was decided that is worth a look.
    public let isDecision: Bool

    public init(_ source: ImportSource, _ reason: String, isDecision: Bool = false) {
        self.source = source
        self.reason = reason
        self.isDecision = isDecision
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

    /// Adds a release. Of one that was met before, what tells more is kept, and of two states the later one: a release
    /// is first the latest, then deprecated, then deleted, and an end only moves later. What it is must be the same.
    mutating func add(_ release: ImportedRelease) {
        guard let place = places[release.id] else {
            places[release.id] = releases.count
            releases.append(release)
            return
        }
        let known = releases[place]
        guard known.arn == release.arn, known.item == release.item, known.version == release.version else {
            refusals.append(ImportRemark(release.source, "it contradicts \(known.source) about \(release.arn)"))
            return
        }
        let later = known.isLater(than: release) ? known : release
        let isSame =
            (known.status == nil || release.status == nil || known.status == release.status)
            && (known.expires == nil || release.expires == nil || known.expires == release.expires)
        remarks.append(
            ImportRemark(
                release.source,
                isSame
                    ? "it repeats \(known.source)"
                    : "it and \(known.source) disagree about \(release.arn): "
                        + "'\(later.state)' is the later state, and is taken", isDecision: !isSame))
        let other = later.source == known.source ? release : known
        releases[place] = ImportedRelease(
            id: known.id, arn: known.arn, item: known.item, version: known.version,
            status: later.status ?? other.status,
            expires: later.expires ?? (later.status == other.status || later.status == nil ? other.expires : nil),
            created: known.created ?? release.created,
            packages: known.packages.isEmpty ? release.packages : known.packages, source: known.source)
    }
}

extension ImportedRelease {
    /// Whether this tells a later state of a release than another row about it.
    fileprivate func isLater(than other: ImportedRelease) -> Bool {
        let (own, others) = (status?.age ?? -1, other.status?.age ?? -1)
        if own != others { return own > others }
        return (expires?.seconds ?? .min) >= (other.expires?.seconds ?? .min)
    }

    fileprivate var state: String {
        (status?.rawValue ?? "no status") + (expires.map { " until \($0.date)" } ?? "")
    }
}

extension Release.Status {
    /// How far a release is on its way; it never goes back.
    var age: Int {
        switch self {
        case .quarantined, .latest: 0
        case .deprecated: 1
        case .yanked: 2
        case .deleted: 3
        }
    }
}
