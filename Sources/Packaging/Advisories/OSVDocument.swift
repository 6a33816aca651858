import FoundationEssentials
import Model

/// An advisory as OSV writes it, as far as it says what is affected and how badly. https://ossf.github.io/osv-schema/
package struct OSVDocument: Decodable {
    let id: String
    let aliases: [String]?
    let withdrawn: String?
    let summary: String?
    let severity: [Rating]?
    let affected: [Affected]?
    let database: Database?

    private enum CodingKeys: String, CodingKey {
        case id, aliases, withdrawn, summary, severity, affected, database = "database_specific"
    }

    struct Rating: Decodable {
        let type: String
        let score: String
    }

    struct Database: Decodable {
        let severity: String?

        private enum CodingKeys: String, CodingKey { case severity }

        /// What it holds is each database's own affair.
        init(from decoder: any Decoder) throws {
            severity = try? decoder.container(keyedBy: CodingKeys.self).decode(String.self, forKey: .severity)
        }
    }

    struct Affected: Decodable {
        struct Package: Decodable {
            let ecosystem: String
            let name: String
        }
        struct Range: Decodable {
            let type: String
            let events: [[String: String]]
        }
        let package: Package?
        let ranges: [Range]?
        let versions: [String]?
        let severity: [Rating]?
        let database: Database?

        private enum CodingKeys: String, CodingKey {
            case package, ranges, versions, severity, database = "database_specific"
        }
    }

    /// - Throws: what JSON's decoder throws.
    package init(json bytes: [UInt8]) throws { self = try JSONDecoder().decode(Self.self, from: Data(bytes)) }

    /// What it says of a package's version; nil if it is not about it.
    package func advisory(on package: PackageName, _ version: String) -> Advisory? {
        guard withdrawn == nil, Self.isName(id), let parsed = Self.publicVersion(version) else { return nil }
        let hits = (affected ?? []).filter { affected in
            guard let named = affected.package, named.ecosystem == "PyPI", PackageName(named.name) == package else {
                return false
            }
            return affected.holds(parsed)
        }
        guard !hits.isEmpty else { return nil }
        let fixed = Set(
            hits.flatMap { $0.ranges ?? [] }.filter { $0.type == "ECOSYSTEM" }.flatMap(\.events)
                .compactMap { $0["fixed"].flatMap { PackageVersion($0) } }.filter { parsed < $0 })
        return Advisory(
            package: package, version: version, id: id,
            aliases: Array(Set(aliases ?? []).subtracting([id]).filter(Self.isName).sorted().prefix(20)),
            severity: severity(of: hits), summary: summary.map { $0.printable(200) }.flatMap { $0.isEmpty ? nil : $0 },
            fixed: fixed.sorted().prefix(5).map { $0.text.printable(64) })
    }

    /// By the vectors; where there are none of a version that is known, by the database's own word.
    private func severity(of hits: [Affected]) -> Advisory.Severity {
        // Malicious packages have no score. https://github.com/ossf/malicious-packages
        if id.hasPrefix("MAL-") { return .critical }
        let own = hits.flatMap { $0.severity ?? [] }
        let scores = (own.isEmpty ? severity ?? [] : own).filter { $0.type == "CVSS_V3" }
            .compactMap { CVSS.baseScore($0.score) }
        if let worst = scores.max() {
            return worst >= 9 ? .critical : worst >= 7 ? .high : worst >= 4 ? .medium : worst > 0 ? .low : .unknown
        }
        let words = (hits.map(\.database) + [database]).compactMap { $0?.severity?.lowercased() }
        return words.compactMap { $0 == "moderate" ? .medium : Advisory.Severity(rawValue: $0) }.max() ?? .unknown
    }

    /// The names of advisories are letters, digits and signs: `GHSA-xxxx-xxxx-xxxx`.
    private static func isName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { $0.isASCIIAlphanumeric || "-_.:".utf8.contains($0) }
    }

    /// Without the local part, which tells how it was built.
    private static func publicVersion(_ text: String) -> PackageVersion? {
        PackageVersion(String(text.prefix { $0 != "+" }))
    }
}

extension OSVDocument.Affected {
    /// Whether a version is listed, or inside a range: databases differ in which of the two they keep.
    fileprivate func holds(_ version: PackageVersion) -> Bool {
        (versions ?? []).contains { PackageVersion($0) == version }
            || (ranges ?? []).contains { $0.type == "ECOSYSTEM" && $0.holds(version) }
    }
}

extension OSVDocument.Affected.Range {
    /// By its events in the order of their versions, as OSV's schema says ("Evaluation").
    fileprivate func holds(_ version: PackageVersion) -> Bool {
        enum Kind: Int { case introduced, fixed, last }
        var steps: [(at: PackageVersion?, kind: Kind)] = []
        for event in events {
            if let text = event["introduced"] {
                // Before everything.
                if text == "0" { steps.append((nil, .introduced)) } else { add(text, .introduced) }
            }
            if let text = event["fixed"] { add(text, .fixed) }
            if let text = event["last_affected"] { add(text, .last) }
        }
        func add(_ text: String, _ kind: Kind) {
            if let at = PackageVersion(text) { steps.append((at, kind)) }
        }
        steps.sort { left, right in
            guard let first = left.at else { return right.at != nil }
            guard let second = right.at else { return false }
            return first == second ? left.kind.rawValue < right.kind.rawValue : first < second
        }
        var isAffected = false
        for step in steps {
            switch step.kind {
            case .introduced: if step.at.map({ $0 <= version }) ?? true { isAffected = true }
            case .fixed: if let at = step.at, at <= version { isAffected = false }
            case .last: if let at = step.at, at < version { isAffected = false }
            }
        }
        return isAffected
    }
}
