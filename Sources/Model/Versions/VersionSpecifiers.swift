/// The conditions on a version that a requirement or `Requires-Python` states: `>=2,<3`. All of them must hold.
package struct VersionSpecifiers: Sendable, Hashable {
    let clauses: [Clause]

    struct Clause: Sendable, Hashable {
        enum Sign: String, CaseIterable {
            // Longest first: they are tried in this order.
            case identical = "==="
            case compatible = "~="
            case equal = "=="
            case unequal = "!="
            case atMost = "<="
            case atLeast = ">="
            case below = "<"
            case above = ">"
        }
        let sign: Sign
        let version: PackageVersion
        /// `==1.2.*`
        let isPrefix: Bool
    }

    /// Whether a clause names a pre-release, which makes pre-releases eligible (PEP 440, "Handling of pre-releases").
    package let allowsPreReleases: Bool

    /// - Returns: nil if a clause is not understood. An empty text allows everything.
    package init?(_ text: String) {
        var clauses: [Clause] = []
        for part in text.split(separator: ",") {
            let written = part.trimmingSpaces
            if written.isEmpty { continue }
            guard let sign = Clause.Sign.allCases.first(where: { written.hasPrefix($0.rawValue) }) else { return nil }
            var version = written.dropFirst(sign.rawValue.count).trimmingSpaces
            let isPrefix = version.hasSuffix(".*")
            if isPrefix { version.removeLast(2) }
            guard !isPrefix || sign == .equal || sign == .unequal, let version = PackageVersion(version) else {
                return nil
            }
            clauses.append(Clause(sign: sign, version: version, isPrefix: isPrefix))
        }
        self.clauses = clauses
        allowsPreReleases = clauses.contains { !$0.version.isStable && $0.sign != .unequal }
    }

    /// Whether a version reaches all lower bounds, whatever the clauses say about newer ones: how uv reads
    /// `Requires-Python`, since upper bounds there are guesses about Pythons that did not exist yet.
    package func reaches(_ version: PackageVersion) -> Bool {
        clauses.allSatisfy { $0.isReached(by: version) }
    }

    /// Whether a version satisfies all clauses. Pre-releases are judged like any other version.
    package func contains(_ version: PackageVersion) -> Bool {
        clauses.allSatisfy { $0.contains(version) }
    }
}

extension VersionSpecifiers.Clause {
    func contains(_ candidate: PackageVersion) -> Bool {
        // Local parts count only where the specifier has one.
        let order = candidate.comparePublic(version)
        switch sign {
        case .identical: return candidate.text.lowercased() == version.text.lowercased()
        case .equal: return equals(candidate)
        case .unequal: return !equals(candidate)
        case .atLeast: return order != true
        case .atMost: return order != false
        case .compatible:
            return order != true && version.written.count > 1
                && candidate.hasPrefix(Array(version.written.dropLast()), epoch: version.epoch)
        case .above:
            guard order == false else { return false }
            // `>1.0` means neither 1.0.post1 nor 1.0+local.
            return !(candidate.release == version.release && candidate.post != nil && version.post == nil)
        case .below:
            guard order == true else { return false }
            // `<2.0` does not mean 2.0rc1.
            return
                !(candidate.release == version.release && candidate.epoch == version.epoch
                && !candidate.isStable && version.isStable)
        }
    }

    func isReached(by candidate: PackageVersion) -> Bool {
        switch sign {
        case .atLeast, .compatible, .equal, .identical: candidate.comparePublic(version) != true
        case .above: contains(candidate)
        case .below, .atMost, .unequal: true
        }
    }

    private func equals(_ candidate: PackageVersion) -> Bool {
        if isPrefix { return candidate.hasPrefix(version.written, epoch: version.epoch) }
        return version.isLocal ? candidate == version : candidate.comparePublic(version) == nil
    }
}

extension PackageVersion {
    /// Whether the release numbers begin with these, zeros added where they are too few.
    fileprivate func hasPrefix(_ prefix: [Int], epoch: Int) -> Bool {
        self.epoch == epoch
            && prefix.enumerated().allSatisfy { index, number in
                number == (index < release.count ? release[index] : 0)
            }
    }
}
