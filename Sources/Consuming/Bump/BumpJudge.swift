import Model

/// Decides about a reference from what the registry tells. Pure.
struct BumpJudge {
    let rules: BumpRules
    let history: LayerHistory
    /// The layer's versions by build, as far as they are known.
    let versions: [Item: [Int: String]]

    /// What a number that is referred to is known to be.
    struct Current {
        let item: Item
        /// Empty where the registry does not list the number any more.
        let releases: [ListedRelease]
    }

    /// - Returns: the outcome, and what is worth knowing of the release that is referred to.
    func judge(_ reference: LayerReference, wish: LayerWish?) -> (outcome: BumpOutcome, warnings: [String]) {
        guard let number = reference.number else {
            return (.unknown(reason: "the file computes its number"), [])
        }
        var own = history.releases.filter { reference.fits(account: $0.account, name: $0.name) }
        if let item = wish?.item {
            own = own.filter { $0.item == item }
            guard !own.isEmpty else {
                return (.held(reason: "a comment says that it is \(item), which is not published under that name"), [])
            }
        }
        let regions = regions(of: reference, own)
        let current = own.filter { release in regions.contains { release.numbers[$0] == number } }
        var warnings = warnings(current)
        if current.isEmpty {
            let highest = own.flatMap { release in regions.compactMap { release.numbers[$0] } }.max()
            guard let highest else {
                let place = regions.first.map { " in \($0)" } ?? ""
                return (.unknown(reason: "the registry lists nothing of \(reference.name)\(place)"), [])
            }
            guard number < highest else {
                let what = "number \(number) is newer than all that the registry lists of \(reference.name)"
                return (.unknown(reason: "\(what); the newest is \(highest)"), [])
            }
            warnings.append("the registry does not list number \(number) any more")
        }
        if let layers = rules.layers, !layers.contains(history.layer) {
            return (.kept(reason: "\(history.layer) was not asked for"), warnings)
        }
        if wish?.isKept == true { return (.kept(reason: "a comment keeps it"), warnings) }
        if let text = wish?.unclear {
            return (.held(reason: "the comment 'strata: \(PlainLine.of(text))' is not understood"), warnings)
        }
        let items = Set((current.isEmpty ? own : current).map(\.item)).sorted()
        let outcomes = items.map { item in
            newest(Current(item: item, releases: current.filter { $0.item == item }), reference, number, regions, wish)
        }
        return (common(outcomes, of: items), warnings)
    }

    /// What holds for all items that a reference may mean: more than one only where the file computes the name.
    private func common(_ outcomes: [BumpOutcome], of items: [Item]) -> BumpOutcome {
        guard let first = outcomes.first else { return .unknown(reason: "the registry lists nothing of it") }
        let isSame = outcomes.allSatisfy { other in
            switch (first, other) {
            case (.current, .current): true
            case (.moved(_, _, let one), .moved(_, _, let two)): one == two
            case (.held, .held): true
            default: false
            }
        }
        if isSame { return first }
        let names = items.map { "\($0.layer)/\($0.target)" }
        return .held(
            reason: "it may be \(names.prefix(4).joined(separator: " or ")), whose newest differ; a comment "
                + "'strata: \(names[0])' says which")
    }

    private struct Place: Hashable {
        let item: Item
        let build: Int
    }

    /// The regions in which the reference must work: the one that it names, those that are asked for, those that have
    /// the number, or all that the layer is in.
    private func regions(of reference: LayerReference, _ own: [ListedRelease]) -> [Region] {
        if let region = reference.region { return [region] }
        if !rules.regions.isEmpty { return Set(rules.regions).sorted() }
        let holding = Set(own.flatMap { $0.numbers.filter { $0.value == reference.number }.keys })
        return (holding.isEmpty ? Set(own.flatMap(\.numbers.keys)) : holding).sorted()
    }

    private func newest(
        _ current: Current, _ reference: LayerReference, _ number: Int, _ regions: [Region], _ wish: LayerWish?
    ) -> BumpOutcome {
        guard Set(current.releases.map(\.build)).count <= 1 else {
            return .held(reason: "number \(number) is not the same build in all regions")
        }
        var specifiers: [VersionSpecifiers] = []
        var written: [String] = []
        for text in [rules.versions[history.layer], wish?.versions].compactMap(\.self) {
            guard let parsed = VersionSpecifiers(text) else {
                return .held(reason: "'\(PlainLine.of(text))' are not version specifiers")
            }
            specifiers.append(parsed)
            written.append(text)
        }
        var found: [(region: Region, release: ListedRelease, arn: LayerARN)] = []
        for region in regions {
            guard let (release, arn) = best(of: current.item, in: region, for: reference, specifiers) else {
                let what =
                    written.isEmpty ? "latest release" : "release with a version \(written.joined(separator: ","))"
                return .held(reason: "\(region) has no \(what) of \(current.item)")
            }
            found.append((region, release, arn))
        }
        guard let best = found.first else { return .held(reason: "there is no region to look in") }
        guard found.allSatisfy({ $0.arn.name == best.arn.name && $0.arn.number == best.arn.number }),
            Set(found.map(\.release.account)).count == 1
        else {
            let numbers = found.prefix(4).map { "\($0.arn.name):\($0.arn.number) in \($0.region)" }
            return .held(
                reason: "the region is left open, and the newest differs by region: \(numbers.joined(separator: ", "))")
        }
        return move(to: best.release, best.arn, from: current, reference, specifiers)
    }

    private func move(
        to release: ListedRelease, _ arn: LayerARN, from current: Current, _ reference: LayerReference,
        _ specifiers: [VersionSpecifiers]
    ) -> BumpOutcome {
        guard reference.isNameComputed ? reference.fits(account: arn.account, name: arn.name) : true else {
            return .held(reason: "the file computes a part of the name, and the newest is \(arn.name):\(arn.number)")
        }
        let moved = LayerReference(
            region: reference.region, account: reference.account.map { _ in arn.account },
            name: reference.isNameComputed ? reference.name : arn.name, number: arn.number)
        if moved == reference { return .current(release) }
        if let account = reference.account, account != arn.account, !rules.accounts.contains(arn.account) {
            return .held(reason: "the newest is published by another account, \(arn.account)")
        }
        if !rules.allowsLower, isLower(arn, release, than: reference, current.releases.first),
            !isExcluded(current.releases, specifiers)
        {
            return .held(
                reason: "the newest that the registry lists, \(arn.name):\(arn.number), is an older one; "
                    + "--allow-lower moves to it")
        }
        return .moved(from: current.releases.first, to: release, as: moved)
    }

    private func best(
        of item: Item, in region: Region, for reference: LayerReference, _ specifiers: [VersionSpecifiers]
    ) -> (ListedRelease, LayerARN)? {
        let candidates = history.releases.compactMap { release -> (ListedRelease, LayerARN)? in
            guard release.item == item, isEligible(release, specifiers), let arn = release.arn(in: region) else {
                return nil
            }
            return (release, arn)
        }
        // Of several publishers, the one that is referred to and those that are asked for come first.
        let allowed = candidates.filter { _, arn in
            reference.account.map { $0 == arn.account || rules.accounts.contains(arn.account) } ?? true
        }
        return (allowed.isEmpty ? candidates : allowed).max { left, right in
            (left.0.published, left.0.build, left.1.number) < (right.0.published, right.0.build, right.1.number)
        }
    }

    private func isEligible(_ release: ListedRelease, _ specifiers: [VersionSpecifiers]) -> Bool {
        guard !specifiers.isEmpty else { return release.status == .latest }
        guard release.status == .latest || release.status == .deprecated && (release.expires ?? rules.now) > rules.now,
            let text = versions[release.item]?[release.build], let version = PackageVersion(text)
        else { return false }
        return specifiers.allSatisfy { $0.contains(version) }
    }

    /// Whether a move would go back: to a lower number of the same name, or, where names differ, to a lower build.
    private func isLower(
        _ arn: LayerARN, _ release: ListedRelease, than reference: LayerReference, _ current: ListedRelease?
    ) -> Bool {
        let isSameName = current.map { $0.name == arn.name && $0.account == arn.account } ?? true
        if isSameName, let number = reference.number { return arn.number < number }
        return current.map { $0.account == arn.account && release.build < $0.build } ?? false
    }

    /// Whether what is referred to has a version that is not wanted: then an older one was asked for.
    private func isExcluded(_ current: [ListedRelease], _ specifiers: [VersionSpecifiers]) -> Bool {
        guard let release = current.first, let text = versions[release.item]?[release.build],
            let version = PackageVersion(text)
        else { return false }
        return !specifiers.allSatisfy { $0.contains(version) }
    }

    private func warnings(_ releases: [ListedRelease]) -> [String] {
        Set(releases.compactMap { $0.fate.map { "it \($0)" } }).sorted()
    }
}

extension ListedRelease {
    /// What is worth knowing of a release that is not the latest: `is deprecated and may be deleted from 2026-11-30 on`.
    package var fate: String? {
        switch status {
        case .yanked: "was yanked" + (reason.map { ": \(PlainLine.of($0))" } ?? "")
        case .deleted: "was deleted"
        case .deprecated: "is deprecated" + (expires.map { " and may be deleted from \($0.date) on" } ?? "")
        case .latest, .quarantined: nil
        }
    }
}
