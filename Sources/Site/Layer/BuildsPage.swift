import Model

/// `builds/{layer}.html`: a section for each listed build, which an address's fragment shows alone:
/// `builds/requests.html#python3.13-4`.
///
/// One file a layer, since a file for each build would be as many again as the API has; and the contents of all builds
/// side by side are what a script needs to compare any two of them, without another request, also from a folder.
struct BuildsPage {
    let state: LayerState
    let listing: Listing
    /// So many changes against the build before are told one by one.
    private static let changesInFull = 60

    static func path(of layer: LayerName) -> String { "builds/\(layer).html" }
    var path: String { Self.path(of: state.layer) }

    /// - Returns: nil if no build is listed.
    func bytes(_ pages: Pages) throws -> [UInt8]? {
        guard listing.targets.contains(where: { !$0.groups.isEmpty }) else { return nil }
        return try pages.render("builds", view, title: "Builds of \(state.layer)", path: path)
    }

    var view: View {
        let items = Dictionary(zip(listing.targets.map(\.item.target), zip(state.items, listing.targets))) { one, _ in
            one
        }
        let sorted = Words.preferred(items.keys).compactMap { items[$0] }.filter { !$0.1.groups.isEmpty }
        return [
            .kind: "builds", .script: "assets/builds.js", .layer: .text(state.layer.text),
            .feed: .text("../layers/\(state.layer).xml"),
            .items: .views(sorted.map { item(state: $0.0, listing: $0.1) }),
        ]
    }

    private func item(state: ItemState, listing: TargetListing) -> View {
        let target = listing.item.target
        var seen: Set<Int> = []
        let numbers = listing.groups.map(\.buildNumber).filter { seen.insert($0).inserted }
        return [
            .target: .text(target.description), .name: .text(Words.name(of: target)),
            .builds: .views(numbers.map { build($0, state, listing) }),
        ]
    }

    private func build(_ number: Int, _ state: ItemState, _ listing: TargetListing) -> View {
        let build = state.build(number)
        let groups = listing.groups.filter { $0.buildNumber == number }
        let previous = state.builds.last { $0.buildNumber < number }
        let facts = build.map { BuildFact.facts(of: $0).map(\.view) } ?? []
        let published = groups.map(\.shared.published).min()
        return [
            .version: .text(listing.versions[number] ?? ""), .buildNumber: .number(number),
            .fragment: .text("\(listing.item.target)-\(number)"),
            .date: .text(published?.date),
            .status: .text(groups.min { $0.status.rank < $1.status.rank }?.status.rawValue),
            .isYanked: groups.contains { $0.status == .yanked } ? .flag(true) : nil,
            .notes: .views(notes(groups, listing)), .requirements: .texts(build?.requirements ?? []),
            .size: build?.artifact.map { .view(size($0)) },
            .places: .views(places(groups)),
            .facts: .views(facts), .hasFacts: .flag(!facts.isEmpty),
            .delta: previous.flatMap { old in build.flatMap { delta(from: old, to: $0) } }.map { .view($0) },
            .hasPackages: .flag(build?.packages.isEmpty == false),
            .packages: .views((build?.packages ?? []).map(package)),
        ]
    }

    /// What a reader should know before taking it.
    private func notes(_ groups: [ReleaseGroup], _ listing: TargetListing) -> [View] {
        var told: Set<String> = []
        return groups.compactMap { group in
            guard group.status != .latest else { return nil }
            let text =
                group.status == .deleted
                ? "deleted: its ARN does not work any more" : Withdrawal(group, listing).text
            guard told.insert(text).inserted else { return nil }
            let moment = group.shared.announced
            return [
                .kind: group.status == .yanked ? "refused" : "pending",
                .text: .text(text.prefix(1).uppercased() + text.dropFirst()),
                .since: moment == nil ? nil : .flag(true), .date: .text(moment?.date),
                .within: groups.count > 1 ? .text(group.regions.map(\.code).joined(separator: ", ")) : nil,
            ]
        }
    }

    private func size(_ artifact: Build.Artifact) -> View {
        [
            .unzipped: .text(Words.size(artifact.unzipped)), .zipped: .text(Words.size(artifact.zipped)),
            .bytes: .number(artifact.unzipped.bytes), .sha256: .text(artifact.sha256.hex),
        ]
    }

    /// ARNs that differ only by region, told once.
    private func places(_ groups: [ReleaseGroup]) -> [View] {
        groups.filter { $0.status != .deleted }.flatMap { Latest([$0])?.patterns ?? [] }.map { arn, group, regions in
            [
                .arn: .text(arn), .within: .text(regions.map(\.code).joined(separator: " ")),
                .isYanked: group.status == .yanked ? .flag(true) : nil,
            ]
        }
    }

    private func delta(from old: Build, to new: Build) -> View? {
        let sizes = zip(old.artifact, new.artifact).map {
            "\(Words.size($0.unzipped)) → \(Words.size($1.unzipped))"
        }
        let changes = BuildDifference(from: old, to: new)?.changes
        return [
            .previous: .text("\(old.item.target)-\(old.buildNumber)"), .buildNumber: .number(old.buildNumber),
            .version: .text(old.version), .text: .text(sizes), .none: .flag(changes?.isEmpty == true),
            .unknown: .flag(changes == nil), .hasChanges: .flag(changes?.isEmpty == false),
            .changes: .views(
                (changes ?? []).prefix(Self.changesInFull).map { change in
                    [
                        .name: .text(change.name.text), .from: .text(change.before?.version ?? "–"),
                        .to: .text(change.after?.version ?? "removed"), .size: .text(change.growth),
                    ]
                }),
            .more: (changes?.count ?? 0) > Self.changesInFull
                ? .number((changes?.count ?? 0) - Self.changesInFull) : nil,
        ]
    }

    private func package(_ package: Build.Package) -> View {
        [
            .name: .text(package.name.text), .version: .text(package.version),
            .license: .text(Words.short(package.license ?? "", 160)),
            .size: .text(package.unzipped.map { Words.size($0) }), .bytes: package.unzipped.map { .number($0.bytes) },
        ]
    }
}

/// Both, or nothing.
private func zip<One, Other>(_ one: One?, _ other: Other?) -> (One, Other)? {
    guard let one, let other else { return nil }
    return (one, other)
}
