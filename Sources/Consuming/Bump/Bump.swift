import Files
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
    private static let largestFile = ByteCount(16_000_000)

    public init(_ catalog: RegistryCatalog, _ rules: BumpRules) {
        self.catalog = catalog
        self.rules = rules
    }

    /// Reads a file and looks up what it refers to. Writes nothing.
    ///
    /// - Throws: `file`, `notFound` if there is no such file, or what reading the registry throws.
    public func examine(file: String) async throws -> BumpedFile {
        try await examine(try BoundedFile.read(file, limit: Self.largestFile), file: file)
    }

    /// The same for one of the files that arguments name. What is only found in a folder may be anything.
    ///
    /// - Returns: nil for a file of a folder that cannot be read, is too large, or refers to nothing.
    public func examine(_ entry: FileSet.Entry) async throws -> BumpedFile? {
        if entry.isNamed { return try await examine(file: entry.path) }
        guard let bytes = try? BoundedFile.read(entry.path, limit: Self.largestFile) else { return nil }
        let result = try await examine(bytes, file: entry.path)
        return result.findings.isEmpty ? nil : result
    }

    /// The same for bytes.
    ///
    /// - Parameter file: what messages call it, and where `write` would put it.
    public func examine(_ bytes: [UInt8], file: String) async throws -> BumpedFile {
        let text = FileText(bytes)
        let occurrences = LayerScanner(text.bytes).occurrences()
        guard occurrences.count <= Self.mostReferences else {
            throw StrataError(
                .configuration, "the file refers to more than \(Self.mostReferences) layers", place: .init(file: file))
        }
        var findings: [BumpFinding] = []
        for occurrence in occurrences {
            findings.append(try await finding(occurrence, file: file))
        }
        return BumpedFile(file: file, findings: findings, text: text)
    }

    private func finding(_ occurrence: LayerOccurrence, file: String) async throws -> BumpFinding {
        guard let history = try await history(of: occurrence) else {
            return BumpFinding(file: file, occurrence: occurrence, outcome: unknown(occurrence))
        }
        let judge = BumpJudge(
            rules: rules, history: history, versions: try await versions(of: history, occurrence.wish))
        let (outcome, warnings) = judge.judge(occurrence.reference, wish: occurrence.wish)
        var finding = BumpFinding(file: file, occurrence: occurrence, outcome: outcome, warnings: warnings)
        if case .moved(let from, let to, _) = outcome {
            var old: BuildSummary?
            if let from { old = try await catalog.build(from.build, of: from.item) }
            let new = try await catalog.build(to.build, of: to.item)
            finding.versions = [old?.version, new?.version]
            if let old, let new { finding.changes = old.changes(to: new) }
        }
        return finding
    }

    private func history(of occurrence: LayerOccurrence) async throws -> LayerHistory? {
        if let item = occurrence.wish?.item { return try await catalog.history(of: item.layer) }
        guard occurrence.reference.number != nil else { return nil }
        return try await catalog.history(behind: occurrence.reference)
    }

    /// What can be said of a reference whose layer is not known.
    private func unknown(_ occurrence: LayerOccurrence) -> BumpOutcome {
        let reference = occurrence.reference
        if occurrence.wish?.isKept == true { return .kept(reason: "a comment keeps it") }
        if let item = occurrence.wish?.item { return .unknown(reason: "the registry has no layer \(item.layer)") }
        if reference.number == nil { return .unknown(reason: "the file writes no number for it") }
        if reference.isNameComputed {
            return .unknown(
                reason: "the file computes its name; a comment 'strata: LAYER/TARGET' tells which layer it is")
        }
        let owner = reference.account.map { " by \($0)" } ?? ""
        return .unknown(reason: "the registry has no layer published as \(reference.name)\(owner)")
    }

    /// The versions by build; asked only when versions are constrained.
    private func versions(of history: LayerHistory, _ wish: LayerWish?) async throws -> [Item: [Int: String]] {
        var isConstrained = rules.versions[history.layer] != nil
        if wish?.versions != nil { isConstrained = true }
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
