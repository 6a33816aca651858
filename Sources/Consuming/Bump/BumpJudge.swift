import Model

/// Decides about a reference from what the registry tells. Pure.
struct BumpJudge {
    let rules: BumpRules
    let history: LayerHistory
    /// The layer's versions by build, as far as they are known.
    let versions: [Item: [Int: String]]

    /// - Returns: the outcome, and what is worth knowing of the release that is referred to.
    func judge(_ reference: LayerReference, wish: LayerWish?) -> (outcome: BumpOutcome, warnings: [String]) {
        let own = history.releases.filter { $0.account == reference.account && $0.name == reference.name }
        let regions = regions(of: reference, own)
        let current = own.filter { release in regions.contains { release.numbers[$0] == reference.number } }
        guard let first = current.first else {
            let place = reference.region.map { " in \($0)" } ?? ""
            return (.unknown(reason: "the registry has no number \(reference.number) of \(reference.name)\(place)"), [])
        }
        guard Set(current.map { Place(item: $0.item, build: $0.build) }).count == 1 else {
            return (.held(reason: "number \(reference.number) is not the same build in all regions"), [])
        }
        let warnings = warnings(current)
        if let layers = rules.layers, !layers.contains(history.layer) {
            return (.held(reason: "\(history.layer) was not asked for"), warnings)
        }
        switch wish {
        case .keep: return (.held(reason: "a comment keeps it"), warnings)
        case .unclear(let text): return (.held(reason: "the comment 'strata: \(text)' is not understood"), warnings)
        case .versions, nil: break
        }
        return (newest(first, reference, regions, wish), warnings)
    }

    private struct Place: Hashable {
        let item: Item
        let build: Int
    }

    /// The regions in which the reference must work.
    private func regions(of reference: LayerReference, _ own: [ListedRelease]) -> [Region] {
        if let region = reference.region { return [region] }
        if !rules.regions.isEmpty { return Set(rules.regions).sorted() }
        return Set(own.flatMap { $0.numbers.filter { $0.value == reference.number }.keys }).sorted()
    }

    private func newest(
        _ current: ListedRelease, _ reference: LayerReference, _ regions: [Region], _ wish: LayerWish?
    ) -> BumpOutcome {
        var specifiers: [VersionSpecifiers] = []
        var written: [String] = []
        for text in [rules.versions[history.layer], wish?.versions].compactMap(\.self) {
            guard let parsed = VersionSpecifiers(text) else {
                return .held(reason: "'\(text)' are no version specifiers")
            }
            specifiers.append(parsed)
            written.append(text)
        }
        var found: [(region: Region, release: ListedRelease, arn: LayerARN)] = []
        for region in regions {
            let candidates = history.releases.filter {
                $0.item == current.item && $0.arn(in: region) != nil && isEligible($0, specifiers)
            }
            guard let best = candidates.max(by: isOlder), let arn = best.arn(in: region) else {
                let what =
                    written.isEmpty ? "latest release" : "release with a version \(written.joined(separator: ","))"
                return .held(reason: "\(region) has no \(what) of \(current.item)")
            }
            found.append((region, best, arn))
        }
        guard let best = found.first else { return .held(reason: "there is no region to look in") }
        guard found.allSatisfy({ $0.arn.name == best.arn.name && $0.arn.number == best.arn.number }),
            Set(found.map(\.release.account)).count == 1
        else {
            let numbers = found.prefix(4).map { "\($0.arn.name):\($0.arn.number) in \($0.region)" }
            return .held(
                reason: "the region is left open, and the newest differs by region: \(numbers.joined(separator: ", "))")
        }
        let moved = LayerReference(
            region: reference.region, account: best.arn.account, name: best.arn.name, number: best.arn.number)
        if moved == reference { return .current(best.release) }
        guard moved.account == reference.account || rules.accounts.contains(moved.account) else {
            return .held(reason: "the newest is published by another account, \(moved.account)")
        }
        return .moved(from: current, to: best.release, as: moved)
    }

    private func isEligible(_ release: ListedRelease, _ specifiers: [VersionSpecifiers]) -> Bool {
        guard !specifiers.isEmpty else { return release.status == .latest }
        guard release.status == .latest || release.status == .deprecated && (release.expires ?? rules.now) > rules.now,
            let text = versions[release.item]?[release.build], let version = PackageVersion(text)
        else { return false }
        return specifiers.allSatisfy { $0.contains(version) }
    }

    private func isOlder(_ left: ListedRelease, _ right: ListedRelease) -> Bool {
        (left.published, left.build) < (right.published, right.build)
    }

    private func warnings(_ releases: [ListedRelease]) -> [String] {
        var warnings: Set<String> = []
        for release in releases {
            switch release.status {
            case .yanked: warnings.insert("it was yanked" + (release.reason.map { ": \(PlainLine.of($0))" } ?? ""))
            case .deleted: warnings.insert("it was deleted")
            case .deprecated:
                warnings.insert(
                    "it is deprecated" + (release.expires.map { " and may be deleted from \($0.date) on" } ?? ""))
            case .latest, .candidate, .quarantined: break
            }
        }
        return warnings.sorted()
    }
}

extension LayerWish {
    fileprivate var versions: String? { if case .versions(let text) = self { text } else { nil } }
}
