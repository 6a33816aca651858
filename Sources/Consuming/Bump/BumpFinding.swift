import Model

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
