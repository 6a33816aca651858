import Model

/// What came of one reference of a file.
public struct BumpFinding: Sendable, Hashable {
    public let file: String
    public let occurrence: LayerOccurrence
    public let outcome: BumpOutcome
    /// What is worth knowing of the release that the file refers to: deprecated, yanked, deleted.
    public var warnings: [String] = []
    /// What else is inside, for a reference that moved; nil where the registry does not tell what is inside both.
    public var changes: [PackageChange]?
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

    /// Whether nothing is left to be done about it once it was moved.
    public var isSettled: Bool {
        switch outcome {
        case .current, .kept, .moved: true
        case .held, .unknown: false
        }
    }

    /// Whether it stays where it is, at a release that is deprecated, yanked, deleted or not listed any more.
    public var staysDoomed: Bool { replacement == nil && !warnings.isEmpty }

    /// The layer's version before and after a move.
    public var versionBefore: String? { versions.first ?? nil }
    public var versionAfter: String? { versions.last ?? nil }
}

extension BumpFinding: CustomStringConvertible {
    /// One line: `template.yaml:12: acme-p312-requests:7 → acme-p312-requests:9, requests 2.32.3 → 2.33.0`.
    public var description: String {
        let reference = occurrence.reference
        return (["\(PlainLine.of(file)):\(occurrence.line): \(reference.text)\(fate)"] + warnings + contents)
            .joined(separator: ", ")
    }

    private var fate: String {
        switch outcome {
        case .current: " is the newest"
        case .moved(_, _, let moved): " → \(moved.text)"
        case .kept(let reason), .held(let reason), .unknown(let reason): " stays: \(reason)"
        }
    }

    private var contents: [String] {
        guard replacement != nil else { return [] }
        if let changes { return changes.map { PlainLine.of($0.description) } }
        var lines: [String] = []
        if let before = versionBefore, let after = versionAfter, before != after {
            lines.append("version \(before) → \(after)")
        } else if let after = versionAfter {
            lines.append("version \(after)")
        }
        return lines + ["contents not recorded"]
    }
}
