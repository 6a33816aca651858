/// Something that is known to be wrong with a version of a package. Strangers wrote its texts.
public struct Advisory: Sendable, Hashable, Codable {
    /// How bad it is, the worst last. https://www.first.org/cvss/v3.1/specification-document, section 5
    public enum Severity: String, Sendable, Codable, CaseIterable, Comparable {
        /// Nobody has said.
        case unknown
        case low, medium, high, critical

        public static func < (left: Severity, right: Severity) -> Bool { left.rank < right.rank }
        private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
    }

    public let package: PackageName
    /// The version that was looked for.
    public let version: String
    public let id: String
    /// Its other names, sorted.
    public let aliases: [String]
    public let severity: Severity
    public let summary: String?
    /// The versions in which it is fixed, rising; empty if there are none.
    public let fixed: [String]

    public init(
        package: PackageName, version: String, id: String, aliases: [String] = [], severity: Severity,
        summary: String? = nil, fixed: [String] = []
    ) {
        self.package = package
        self.version = version
        self.id = id
        self.aliases = aliases
        self.severity = severity
        self.summary = summary
        self.fixed = fixed
    }

    /// For people: `requests 2.19.0: PYSEC-2018-28 (high), fixed in 2.20.0`.
    public var text: String {
        let remedy = fixed.first.map { "fixed in \($0)" } ?? "no fix yet"
        return
            "\(package) \(version): \(id) (\(severity == .unknown ? "severity unknown" : severity.rawValue)), \(remedy)"
    }
}

extension Advisory: Comparable {
    /// The worst first.
    public static func < (left: Advisory, right: Advisory) -> Bool {
        (right.severity, left.package, left.version, left.id) < (left.severity, right.package, right.version, right.id)
    }
}

/// What a database of advisories says of some packages.
public struct AdvisoryReport: Sendable, Hashable, Codable {
    /// The worst first.
    public var advisories: [Advisory]
    /// What is worth telling: that the database could not be fetched, and an older one was asked.
    public var warnings: [String]

    public init(advisories: [Advisory], warnings: [String] = []) {
        self.advisories = advisories.sorted()
        self.warnings = warnings
    }

    /// What it says of a build's packages.
    public func advisories(of packages: [Build.Package]) -> [Advisory] {
        let versions = Dictionary(packages.map { ($0.name, $0.version) }) { first, _ in first }
        return advisories.filter { versions[$0.package] == $0.version }
    }

    /// What it says of a lock's packages.
    public func advisories(of lock: Lock) -> [Advisory] {
        let versions = Dictionary(lock.wheels.map { ($0.package, $0.version) }) { first, _ in first }
        return advisories.filter { versions[$0.package] == $0.version }
    }
}

/// Where advisories come from, and what follows from them.
public struct AdvisoryPolicy: Sendable, Hashable, Codable {
    /// From which severity on a new build is refused.
    public enum Threshold: String, Sendable, Codable, CaseIterable {
        case critical, high, medium, low, never

        fileprivate var least: Advisory.Severity? { Advisory.Severity(rawValue: rawValue) }
    }

    /// https://google.github.io/osv.dev/data/
    public static let publicDatabase = "https://osv-vulnerabilities.storage.googleapis.com/PyPI/all.zip"

    /// The URL or the path of a zip of OSV's documents, one JSON file an advisory.
    public var database: String
    public var fail: Threshold
    /// How old a copy of the database may be.
    public var refresh: Duration
    /// Advisories that do not count, by any of their names, and why. The reasons are published.
    public var ignore: [String: String]

    public init(
        database: String = AdvisoryPolicy.publicDatabase, fail: Threshold = .critical,
        refresh: Duration = .seconds(86_400), ignore: [String: String] = [:]
    ) {
        self.database = database
        self.fail = fail
        self.refresh = refresh
        self.ignore = ignore
    }

    /// Why an advisory does not count, if it does not.
    public func reason(ignoring advisory: Advisory) -> String? {
        ([advisory.id] + advisory.aliases).lazy.compactMap { ignore[$0] }.first
    }

    /// Whether a new build is refused for it.
    public func refuses(_ advisory: Advisory) -> Bool {
        guard let least = fail.least, reason(ignoring: advisory) == nil else { return false }
        return advisory.severity >= least
    }
}

/// What is known of an item's latest build.
public struct Audit: Sendable, Hashable, Codable {
    /// An advisory, and since when it is known to be about the build.
    public struct Entry: Sendable, Hashable, Codable {
        public let advisory: Advisory
        /// When it was first found in the item.
        public let since: Timestamp
        /// Why the maintainer says that it does not matter.
        public let ignored: String?

        public init(_ advisory: Advisory, since: Timestamp, ignored: String? = nil) {
            self.advisory = advisory
            self.since = since
            self.ignored = ignored
        }
    }

    /// The build that was looked at.
    public let buildNumber: Int
    /// The worst first.
    public let entries: [Entry]

    /// `serial` is the name that ledgers have for a build's number.
    private enum CodingKeys: String, CodingKey {
        case buildNumber = "serial", entries
    }

    public init(buildNumber: Int, entries: [Entry]) {
        self.buildNumber = buildNumber
        self.entries = entries
    }

    /// - Parameter known: what was found before: an advisory that was there keeps its date.
    public init(of build: Build, _ report: AdvisoryReport, _ policy: AdvisoryPolicy, known: Audit?, now: Timestamp) {
        let since = Dictionary(
            (known?.entries ?? []).flatMap { entry in
                ([entry.advisory.id] + entry.advisory.aliases).map { ("\(entry.advisory.package) \($0)", entry.since) }
            }, uniquingKeysWith: min)
        self.init(
            buildNumber: build.buildNumber,
            entries: report.advisories(of: build.packages).map { advisory in
                let names = [advisory.id] + advisory.aliases
                let first = names.compactMap { since["\(advisory.package) \($0)"] }.min()
                return Entry(advisory, since: first ?? now, ignored: policy.reason(ignoring: advisory))
            })
    }
}

extension ItemState {
    /// What is known of the build that is the latest; nil if nobody looked at it.
    public var latestAudit: Audit? {
        guard let audit = resolution?.audit, audit.buildNumber == latestBuild?.buildNumber else { return nil }
        return audit
    }
}
