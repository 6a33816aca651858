import Model

/// `layers/{layer}.html`.
struct LayerPage {
    let state: LayerState
    let listing: Listing
    /// All ARNs are told one by one up to this many; beyond, one line per number with `REGION` in the ARN.
    static let arnsInFull = 60

    var path: String { "layers/\(state.layer).html" }

    func bytes(_ pages: Pages) throws -> [UInt8] {
        try pages.render("layer", view, title: state.layer.text, path: path)
    }

    var view: View {
        let build = state.newestBuild
        let main = build?.mainPackage
        let arnCount = listing.targets.reduce(0) { $0 + ($1.newest?.places.count ?? 0) }
        let items = zip(state.items, listing.targets).map { ($0, $1) }
        let order = Words.preferred(items.map { $0.1.item.target })
        let sorted = order.compactMap { target in items.first { $0.1.item.target == target } }
        return [
            .kind: "layer", .layer: .text(state.layer.text), .version: .text(listing.version),
            .summary: .text(main?.summary.map { Words.short($0) }),
            .license: .text(main?.license.map { Words.short($0, 160) }),
            .requirements: .texts(build?.requirements ?? []),
            .feed: .text("\(state.layer).xml"),
            .items: .views(sorted.map { item(state: $0.0, listing: $0.1, inFull: arnCount <= Self.arnsInFull) }),
        ]
    }

    private func item(state: ItemState, listing: TargetListing, inFull: Bool) -> View {
        let target = listing.item.target
        let latest = listing.newest
        return [
            .target: .text(target.description), .name: .text(Words.name(of: target)),
            .problems: .views(problems(of: listing)),
            .latest: latest.map { .view(self.latest($0, state, listing, inFull: inFull)) },
            .hasBuilds: .flag(!listing.groups.isEmpty), .builds: .views(versions(state, listing)),
        ]
    }

    private func problems(of listing: TargetListing) -> [View] {
        var views = listing.notes.sorted { $0.key < $1.key }.map { region, note -> View in
            [
                .kind: .text(note.kind.rawValue), .reason: .text(Words.short(note.reason)),
                .title: .text(note.kind == .pending ? "\(region) is pending:" : "Not offered in \(region):"),
                .since: .text(note.since.description), .date: .text(note.since.date),
            ]
        }
        if let refusal = listing.refusal {
            views.append([
                .kind: "refused", .reason: .text(Words.short(refusal.reason)),
                .title: "Not built:", .since: .text(refusal.since.description), .date: .text(refusal.since.date),
            ])
        }
        return views + listing.remarks.map { [.kind: "remark", .title: "Note:", .reason: .text(Words.short($0))] }
    }

    private func latest(_ latest: Latest, _ state: ItemState, _ listing: TargetListing, inFull: Bool) -> View {
        let build = state.build(latest.buildNumber)
        return [
            .version: .text(listing.version(of: latest.group)), .buildNumber: .number(latest.buildNumber),
            .date: .text(latest.group.shared.published.date),
            .regionCount: .number(latest.places.count), .one: .flag(latest.places.count == 1),
            .hasRegions: .flag(inFull), .open: .flag(false),
            .regions: .views(
                inFull ? latest.places.map { [.id: .text($0.region.code), .arn: .text(latest.arn(at: $0))] } : []),
            .patterns: .views(
                inFull
                    ? []
                    : latest.patterns.map {
                        [.arn: .text($0.arn), .regions: .text($0.regions.map(\.code).joined(separator: ", "))]
                    }),
            .size: build?.artifact.map { .view(size($0, state)) },
            .packages: .views(
                (build?.packages ?? []).map {
                    [
                        .name: .text($0.name.text), .version: .text($0.version),
                        .license: .text(Words.short($0.license ?? "", 160)),
                        .size: .text($0.unzipped?.description ?? ""),
                    ]
                }),
        ]
    }

    private func size(_ artifact: Build.Artifact, _ state: ItemState) -> View {
        [
            .unzipped: .text(artifact.unzipped.description), .zipped: .text(artifact.zipped.description),
            .bytes: .number(artifact.unzipped.bytes),
            .percent: .number(artifact.unzipped.bytes * 100 / LayerLimits.unzipped.bytes),
            .sha256: .text(artifact.sha256.hex), .chart: SizeChart(state.builds).map { .view($0.view) },
        ]
    }

    /// One row per build and act of publishing: regions in which it has come to a different status are told apart.
    private func versions(_ state: ItemState, _ listing: TargetListing) -> [View] {
        listing.groups.map { group in
            let build = state.build(group.buildNumber)
            let previous = state.builds.last { $0.buildNumber < group.buildNumber }
            let isPartial = listing.groups.contains {
                $0.buildNumber == group.buildNumber && $0.status != group.status
                    && $0.shared.published == group.shared.published
            }
            let places = isPartial ? " in \(group.regions.map(\.code).joined(separator: ", "))" : ""
            return [
                .version: .text(listing.version(of: group)), .buildNumber: .number(group.buildNumber),
                .published: .text(group.shared.published.description), .date: .text(group.shared.published.date),
                .status: .text(group.status.rawValue), .numbers: .text(Words.numbers(group.numbers) + places),
                .reason: .text(group.shared.reason.map { Words.short($0) }),
                .expires: group.shared.isPinned
                    ? nil
                    : group.shared.expires.map {
                        .view([.at: .text($0.description), .date: .text($0.date)])
                    },
                .size: .text(build?.artifact?.unzipped.description ?? ""),
                .zipped: .text(build?.artifact?.zipped.description ?? ""),
                .files: .flag(build?.artifact != nil),
                .diff: .text(build.map { BuildDifference.text(from: previous, to: $0) } ?? ""),
            ]
        }
    }
}

/// A small line of the unzipped size over a target's builds.
struct SizeChart {
    let view: View

    /// - Returns: nil for fewer than two builds with sizes.
    init?(_ builds: [Build]) {
        let sized = builds.suffix(40).compactMap { build in build.artifact.map { (build, $0.unzipped) } }
        guard sized.count > 1, let first = sized.first, let last = sized.last,
            let top = sized.map(\.1).max(), top.bytes > 0
        else { return nil }
        let points = sized.enumerated().map { index, entry in
            "\(index * 300 / (sized.count - 1)) \(70 - entry.1.bytes * 64 / top.bytes)"
        }
        let line = "M" + points.joined(separator: "L")
        view = [
            .line: .text(line), .area: .text("\(line)L300 72L0 72Z"),
            .label: .text("Unzipped size from \(first.1) to \(last.1) over \(sized.count) builds"),
            .from: .text("\(first.0.version): \(first.1)"), .to: .text("\(last.0.version): \(last.1)"),
        ]
    }
}
