import Model

/// Moves the layers that files refer to on to the newest that will do, and leaves every other byte as it is.
///
/// ```swift
/// let bump = Bump(RegistryCatalog(.folder("layers")), BumpRules(now: now))
/// let result = try await bump.examine(bytes, file: "template.yaml")
/// for finding in result.findings { print(finding) }
/// if result.isChanged { try result.write() }
/// ```
public struct Bump: Sendable {
    private let catalog: RegistryCatalog
    private let rules: BumpRules

    /// Files with more are not what people write.
    private static let mostReferences = 10_000
    private static let largestFile = 16_000_000

    public init(_ catalog: RegistryCatalog, _ rules: BumpRules) {
        self.catalog = catalog
        self.rules = rules
    }

    /// Reads a file and looks up what it refers to. Writes nothing.
    ///
    /// - Throws: `file`, `notFound` if there is no such file, or what reading the registry throws.
    public func examine(file: String) async throws -> BumpedFile {
        guard let bytes = try LocalFile.read(file, limit: Self.largestFile) else {
            throw StrataError(.notFound, "there is no file '\(file)'")
        }
        return try await examine(bytes, file: file)
    }

    /// The same for bytes.
    ///
    /// - Parameter file: what messages call it, and where `write` would put it.
    public func examine(_ bytes: [UInt8], file: String) async throws -> BumpedFile {
        let occurrences = LayerScanner(bytes).occurrences()
        guard occurrences.count <= Self.mostReferences else {
            throw StrataError(
                .configuration, "the file refers to more than \(Self.mostReferences) layers", place: .init(file: file))
        }
        var findings: [BumpFinding] = []
        for occurrence in occurrences {
            findings.append(try await finding(occurrence, file: file))
        }
        return BumpedFile(file: file, original: bytes, findings: findings)
    }

    private func finding(_ occurrence: LayerOccurrence, file: String) async throws -> BumpFinding {
        let reference = occurrence.reference
        guard let history = try await catalog.history(behind: reference) else {
            return BumpFinding(
                file: file, occurrence: occurrence,
                outcome: .unknown(
                    reason: "the registry has no layer published as \(reference.name) by \(reference.account)"))
        }
        let judge = BumpJudge(
            rules: rules, history: history, versions: try await versions(of: history, occurrence.wish))
        let (outcome, warnings) = judge.judge(reference, wish: occurrence.wish)
        var finding = BumpFinding(file: file, occurrence: occurrence, outcome: outcome, warnings: warnings)
        if case .moved(let from, let to, _) = outcome {
            let (old, new) = (
                try await catalog.build(from.build, of: from.item), try await catalog.build(to.build, of: to.item)
            )
            finding.versions = [old?.version, new?.version]
            if let old, let new { finding.changes = old.changes(to: new) }
        }
        return finding
    }

    /// The versions by build; asked only when versions are constrained.
    private func versions(of history: LayerHistory, _ wish: LayerWish?) async throws -> [Item: [Int: String]] {
        var isConstrained = rules.versions[history.layer] != nil
        if case .versions = wish { isConstrained = true }
        guard isConstrained else { return [:] }
        var versions: [Item: [Int: String]] = [:]
        for release in history.releases where versions[release.item]?[release.build] == nil {
            guard release.status == .latest || release.status == .deprecated,
                let build = try await catalog.build(release.build, of: release.item)
            else { continue }
            versions[release.item, default: [:]][release.build] = build.version
        }
        return versions
    }
}

/// A file, what it refers to, and what it becomes.
public struct BumpedFile: Sendable {
    public let file: String
    public let original: [UInt8]
    /// In the order of the file.
    public let findings: [BumpFinding]

    public var isChanged: Bool { findings.contains { $0.replacement != nil } }

    /// The file with the newer layers. All other bytes are as they were.
    public var rewritten: [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(original.count)
        var position = 0
        for finding in findings {
            guard let replacement = finding.replacement else { continue }
            let (account, name) = (finding.occurrence.account, finding.occurrence.range)
            result += original[position..<account.lowerBound]
            result += replacement.account.utf8
            result += original[account.upperBound..<name.lowerBound]
            result += "\(replacement.name):\(replacement.number)".utf8
            position = name.upperBound
        }
        return result + original[position...]
    }

    /// Replaces the file at once, with its permissions; does nothing if nothing changed.
    ///
    /// - Throws: `file`.
    public func write() throws(StrataError) {
        guard isChanged else { return }
        try LocalFile.replace(file, with: rewritten)
    }
}

/// What came of one reference of a file.
public struct BumpFinding: Sendable, Hashable {
    public let file: String
    public let occurrence: LayerOccurrence
    public let outcome: BumpOutcome
    /// What is worth knowing of the release that the file refers to: deprecated, yanked, deleted.
    public var warnings: [String] = []
    /// What else is inside, for a reference that moved.
    public var changes: [PackageChange] = []
    /// The layer's version before and after, as far as they are known.
    var versions: [String?] = []

    init(file: String, occurrence: LayerOccurrence, outcome: BumpOutcome, warnings: [String] = []) {
        self.file = file
        self.occurrence = occurrence
        self.outcome = outcome
        self.warnings = warnings
    }

    /// What the reference becomes; nil if it stays.
    public var replacement: LayerReference? {
        if case .moved(_, _, let reference) = outcome { reference } else { nil }
    }

    /// The layer's version before and after a move.
    public var versionBefore: String? { versions.first ?? nil }
    public var versionAfter: String? { versions.last ?? nil }
}

extension BumpFinding: CustomStringConvertible {
    /// One line: `template.yaml:12: acme-p312-requests:7 → acme-p312-requests:9, requests 2.32.3 → 2.33.0`.
    public var description: String {
        let reference = occurrence.reference
        var line = "\(PlainLine.of(file)):\(occurrence.line): \(reference.name):\(reference.number)"
        switch outcome {
        case .current: line += " is the newest"
        case .moved(_, _, let moved): line += " → \(moved.name):\(moved.number)"
        case .held(let reason), .unknown(let reason): line += " stays: \(reason)"
        }
        return ([line] + warnings + changes.map { PlainLine.of($0.description) }).joined(separator: ", ")
    }
}
