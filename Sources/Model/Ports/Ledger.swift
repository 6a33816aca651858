/// The record of builds, releases and intents.
///
/// Each call that writes is one atomic unit, as large as `LedgerUnit` says, and carries the caller's lease: a lease
/// that was lost to somebody else is refused (`leaseHeld`), so a run that was asleep for an hour cannot write over its
/// successor. Every write raises the ledger's revision and stamps the items it touched with it.
public protocol Ledger: Sendable {
    /// Takes the named lease, or takes it over when its term has passed.
    ///
    /// A lease that ends later than any term from now was taken by somebody whose clock is ahead of ours. It is refused,
    /// and ends `Lease.longestTerm` from now unless its holder renews it: nobody waits for the end of another's year.
    /// - Throws: `leaseHeld` with the holder and the end of its term.
    func acquire(_ name: String, holder: String, now: Timestamp, term: Duration) async throws -> Lease
    /// Extends a lease that is still ours. - Throws: `leaseHeld` if it is not.
    func renew(_ lease: Lease, now: Timestamp, term: Duration) async throws -> Lease
    /// Asked just before something outside is changed that no ledger can refuse. - Throws: `leaseHeld` if it is not ours
    /// any more.
    func check(_ lease: Lease) async throws
    /// Gives the lease back; nothing happens if it is not ours any more.
    func release(_ lease: Lease) async throws

    /// Writes intents down before their work begins. An intent that is already open is left as it is.
    func begin(_ intents: [Intent], lease: Lease) async throws
    /// Ends an intent and records what came of it, in one unit. Ending an intent that is not open records nothing and
    /// is no error, so the call can be repeated.
    func close(_ intent: Intent.ID, events: [Event], lease: Lease) async throws
    /// Records what needs no intent, since nothing outside changed.
    func record(_ events: [Event], lease: Lease) async throws

    /// The states of items, in the order asked for; an unknown item has an empty state. Each state, and those of up to
    /// 100 items together, are of one moment: nobody sees half of a unit.
    func states(of items: [Item]) async throws -> [ItemState]
    /// All items that the ledger knows, sorted, after one, at most `limit`.
    func items(after: Item?, limit: Int) async throws -> [Item]
    /// The items that changed after a revision, in the order in which they last changed, at most `limit`.
    func changes(since revision: Int, limit: Int) async throws -> [ItemState]
    /// Intents that were begun and not settled, oldest first, after one, at most `limit`.
    func openIntents(after: Intent.ID?, limit: Int) async throws -> [Intent]
    /// Releases of all items that may be deleted at or before a moment, by expiry: deprecated, not pinned, not
    /// external.
    func expiring(by moment: Timestamp, limit: Int) async throws -> [Release]

    /// A small named value, such as how far the registry's files follow the ledger.
    func checkpoint(_ name: String) async throws -> String?
    func setCheckpoint(_ name: String, _ value: String?, lease: Lease) async throws
}

extension Ledger {
    /// Every item of a layer that the ledger knows, by target.
    public func items(of layer: LayerName) async throws -> [Item] {
        // No target comes before this one.
        let before = Item(layer, Target(PythonVersion(0, 0), .x86_64))
        return try await items(after: before, limit: 200).filter { $0.layer == layer }
    }
}

/// The right to write, for a time. The token grows with each holder.
public struct Lease: Sendable, Hashable, Codable {
    public let name: String
    public let holder: String
    public let token: Int
    public let until: Timestamp

    /// The longest time that a lease is taken for. A longer one than this from now on is another clock's.
    public static let longestTerm = Duration.seconds(3600)

    public init(name: String, holder: String, token: Int, until: Timestamp) {
        self.name = name
        self.holder = holder
        self.token = token
        self.until = until
    }
}

/// Something that became true of an item.
public enum Event: Sendable, Hashable, Codable {
    /// A build was made. Recording the same build again changes nothing; another build under the same build number is
    /// `inconsistent`.
    case built(Build)
    /// A build key gave the bytes of a build that exists: it counts as that build from now on.
    case same(Item, ContentsKey, buildNumber: Int)
    /// A release exists, or has changed; it replaces what was recorded under its id.
    case released(Release)
    /// Why an item has nothing in a region yet, or nil when that is over.
    case noted(Item, Region, Note?)
    /// What resolving the item came to.
    case resolved(Item, Resolution)
    /// A former build stays the latest although the index offers another, or nil when that is over.
    case held(Item, Hold?)

    private enum SameCodingKeys: String, CodingKey {
        case _0, _1, buildNumber = "serial"
    }

    public var item: Item {
        switch self {
        case .built(let build): build.item
        case .released(let release): release.item
        case .same(let item, _, _), .noted(let item, _, _), .resolved(let item, _), .held(let item, _): item
        }
    }
}

/// Why a region lacks an item's newest build.
public struct Note: Sendable, Hashable, Codable {
    public enum Kind: String, Sendable, Codable {
        /// It failed and is tried again by the next run.
        case pending
        /// The region does not offer the runtime or the architecture.
        case unavailable
    }
    public let kind: Kind
    public let reason: String
    public let since: Timestamp

    public init(kind: Kind, reason: String, since: Timestamp) {
        self.kind = kind
        self.reason = reason
        self.since = since
    }
}

/// What the last resolve of an item came to, and since when that is so.
public struct Resolution: Sendable, Hashable {
    /// The contents that it resolved to; nil if it was refused.
    public let contents: ContentsKey?
    /// Why it was refused, or what is worth knowing (an older version was picked, a release is too young).
    public let remarks: [String]
    public let since: Timestamp
    /// Builds that were refused for good, while it was so.
    public let refusedBuilds: [RefusedBuild]
    /// What is known of the latest build's packages; nil if nobody looked.
    public var audit: Audit?

    public init(
        contents: ContentsKey?, remarks: [String], since: Timestamp, refusedBuilds: [RefusedBuild] = [],
        audit: Audit? = nil
    ) {
        self.audit = audit
        self.contents = contents
        self.remarks = remarks
        self.since = since
        self.refusedBuilds = refusedBuilds
    }

    /// The same with one more refused build. What was known of its contents is replaced, unless it is the same.
    public func refusing(_ build: RefusedBuild) -> Resolution {
        let known = refusedBuilds.first { $0.contents == build.contents }
        if let known, (known.reason, known.strata, known.checks) == (build.reason, build.strata, build.checks) {
            return self
        }
        return Resolution(
            contents: contents, remarks: remarks, since: since,
            refusedBuilds: refusedBuilds.filter { $0.contents != build.contents } + [build], audit: audit)
    }

    /// The same without what was refused: all of it may be tried again.
    public var forgettingRefusals: Resolution { Resolution(contents: contents, remarks: remarks, since: since) }

    /// Why the item has not what resolving came to, if something but time stands in the way, and since when.
    public var refusal: (reason: String, since: Timestamp)? {
        guard let contents else { return (remarks.joined(separator: "; "), since) }
        return refusedBuilds.first { $0.contents == contents }.map { ($0.reason, $0.since) }
    }
}

extension Resolution: Codable {
    private enum CodingKeys: String, CodingKey {
        case contents, remarks, since, refusedBuilds, audit
    }

    /// What came later may be absent.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            contents: try container.decodeIfPresent(ContentsKey.self, forKey: .contents),
            remarks: try container.decode([String].self, forKey: .remarks),
            since: try container.decode(Timestamp.self, forKey: .since),
            refusedBuilds: try container.decodeIfPresent([RefusedBuild].self, forKey: .refusedBuilds) ?? [],
            audit: try container.decodeIfPresent(Audit.self, forKey: .audit))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeIfPresent(contents, forKey: .contents)
        try container.encode(remarks, forKey: .remarks)
        try container.encode(since, forKey: .since)
        if !refusedBuilds.isEmpty { try container.encode(refusedBuilds, forKey: .refusedBuilds) }
        try container.encodeIfPresent(audit, forKey: .audit)
    }
}

/// Contents that cannot become a layer until the maintainer changes something: nobody tries them again.
public struct RefusedBuild: Sendable, Hashable, Codable {
    public let contents: ContentsKey
    /// Why, and what to do.
    public let reason: String
    public let since: Timestamp
    /// The version of Strata that refused them. Another may judge otherwise, and tries once more.
    public let strata: String
    /// What was asked of its checks; nil for what is asked if nothing else is.
    fileprivate let checks: Checks?
    /// The option that would let them become the latest all the same: they can be built, and are only held back.
    public let allowedBy: String?

    public init(
        contents: ContentsKey, reason: String, since: Timestamp, strata: String = strataVersion,
        checks: Checks = Checks(), allowedBy: String? = nil
    ) {
        self.allowedBy = allowedBy
        self.contents = contents
        self.reason = reason
        self.since = since
        self.strata = strata
        self.checks = checks == Checks() ? nil : checks
    }

    /// Whether this version of Strata would refuse them again. Where other checks are waived, it tries once more; what is
    /// held back each plan decides anew.
    public func holds(under checks: Checks) -> Bool {
        allowedBy == nil && strata == strataVersion && (self.checks ?? Checks()) == checks
    }
}

/// A rollback: a former build is what should be latest, as long as resolving gives nothing newer than what was left.
public struct Hold: Sendable, Hashable, Codable {
    /// The build that should be the latest.
    public let buildNumber: Int
    /// The contents that it stands in for; anything else that is resolved ends the hold.
    public let insteadOf: ContentsKey

    /// `serial` is the name that files and ledgers have for it.
    private enum CodingKeys: String, CodingKey {
        case buildNumber = "serial", insteadOf
    }

    public init(buildNumber: Int, insteadOf: ContentsKey) {
        self.buildNumber = buildNumber
        self.insteadOf = insteadOf
    }
}

/// All that the ledger knows of an item.
public struct ItemState: Sendable, Hashable, Codable {
    public let item: Item
    /// The ledger's revision when the item last changed; 0 if it never did.
    public var revision: Int
    /// By build number, rising.
    public var builds: [Build]
    /// By region, name and number.
    public var releases: [Release]
    /// Contents that gave the bytes of an existing build: which one.
    public var aliases: [ContentsKey: Int]
    public var notes: [Region: Note]
    public var resolution: Resolution?
    public var hold: Hold?
    /// Publications that were begun and not settled.
    public var openIntents: [Intent]

    public init(
        item: Item, revision: Int = 0, builds: [Build] = [], releases: [Release] = [],
        aliases: [ContentsKey: Int] = [:], notes: [Region: Note] = [:], resolution: Resolution? = nil,
        hold: Hold? = nil,
        openIntents: [Intent] = []
    ) {
        self.item = item
        self.revision = revision
        self.builds = builds
        self.releases = releases
        self.aliases = aliases
        self.notes = notes
        self.resolution = resolution
        self.hold = hold
        self.openIntents = openIntents
    }

    public func build(_ buildNumber: Int) -> Build? { builds.first { $0.buildNumber == buildNumber } }

    /// The build number of the build with these contents, made or recognised; nil if there is none.
    public func buildNumber(of contents: ContentsKey) -> Int? {
        builds.last { $0.artifact?.contents == contents }?.buildNumber ?? aliases[contents]
    }

    /// The build that the most recent act of publishing made latest: what consumers should have everywhere.
    public var latestBuild: Build? {
        var newest: (published: Timestamp, buildNumber: Int)?
        // By index: releases hold several texts, and there are many.
        for index in releases.indices where releases[index].status == .latest {
            let act = (releases[index].published, releases[index].buildNumber)
            if newest.map({ $0 < act }) ?? true { newest = act }
        }
        return newest.flatMap { build($0.buildNumber) }
    }
}
