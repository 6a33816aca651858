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
    private static let largestFile = 16_000_000

    public init(_ catalog: RegistryCatalog, _ rules: BumpRules) {
        self.catalog = catalog
        self.rules = rules
    }

    /// Reads a file and looks up what it refers to. Writes nothing.
    ///
    /// - Throws: `file`, `notFound` if there is no such file, or what reading the registry throws.
    public func examine(file: String) async throws -> BumpedFile {
        try await examine(try BoundedFile.read(file, limit: ByteCount(Self.largestFile)), file: file)
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
