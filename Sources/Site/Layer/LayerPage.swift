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
        let links = PackageLink.all(of: main, build?.artifact?.lock)
        let arnCount = listing.targets.reduce(0) { $0 + ($1.newest?.places.count ?? 0) }
        let items = zip(state.items, listing.targets).map { ($0, $1) }
        let order = Words.preferred(items.map { $0.1.item.target })
        let sorted = order.compactMap { target in items.first { $0.1.item.target == target } }
        return [
            .kind: "layer", .layer: .text(state.layer.text), .version: .text(listing.version),
            .summary: .text(main?.summary.map { Words.short($0) }),
            .license: .text(main?.license.map { Words.short($0, 160) }),
            .links: .views(links), .hasLinks: .flag(!links.isEmpty),
            .requirements: .texts(build?.requirements ?? []),
            .feed: .text("\(state.layer).xml"),
            .items: .views(sorted.map { item(state: $0.0, listing: $0.1, inFull: arnCount <= Self.arnsInFull) }),
        ]
    }

    private func item(state: ItemState, listing: TargetListing, inFull: Bool) -> View {
        let target = listing.item.target
        let latest = listing.newest
        let regions = Set(listing.groups.flatMap(\.regions)).sorted()
        return [
            .target: .text(target.description), .name: .text(Words.name(of: target)),
            .everywhere: .text(codes(regions)), .problems: .views(problems(of: listing)),
            .blocks: latest.map { .views(blocks($0, state, listing)) },
            .latest: latest.map { .view(self.latest($0, listing, inFull: inFull)) },
            .hasBuilds: .flag(!listing.groups.isEmpty), .builds: .views(versions(state, listing, regions)),
        ]
    }

    private func problems(of listing: TargetListing) -> [View] {
        var views = listing.notes.sorted { $0.key < $1.key }.map { region, note -> View in
            [
                .kind: .text(note.kind.rawValue), .reason: .text(Words.short(note.reason)),
                .title: .text(note.kind == .pending ? "\(region) is pending:" : "Not offered in \(region):"),
                .still: note.kind == .pending ? .text(self.still(region, listing)) : nil,
                .since: .text(note.since.description), .date: .text(note.since.date),
            ]
        }
        if let refusal = listing.refusal {
            views.append([
                .kind: "refused", .reason: .text(Words.short(refusal.reason)),
                .title: "Not built:", .since: .text(refusal.since.description), .date: .text(refusal.since.date),
            ])
        }
        views += listing.remarks.map { remark -> View in
            [.kind: "remark", .title: "Note:", .reason: .text(Words.short(remark))]
        }
        views += (listing.audit?.entries ?? []).filter { $0.ignored == nil }.map { entry -> View in
            [
                .kind: entry.advisory.severity >= .high ? "refused" : "pending", .title: "Advisory:",
                .reason: .text(Words.short(entry.advisory.text)), .since: .text(entry.since.description),
                .date: .text(entry.since.date),
            ]
        }
        return views + ending(of: listing)
    }

    /// What a region gives until the newest build is there.
    private func still(_ region: Region, _ listing: TargetListing) -> String {
        guard let latest = listing.newest, let place = latest.places.first(where: { $0.region == region }) else {
            return "It has none yet."
        }
        let group = latest.group(at: place)
        return "It gives \(listing.version(of: group)), build \(group.buildNumber)."
    }

    /// Why there is nothing to take, where the newest was yanked or the layer was retired.
    private func ending(of listing: TargetListing) -> [View] {
        guard listing.newest == nil, let last = listing.groups.first(where: { $0.status != .deleted }) else {
            return []
        }
        let withdrawal = Withdrawal(last, listing)
        let moment = last.shared.announced ?? last.shared.published
        return [
            [
                .kind: withdrawal.event == .yanked ? "refused" : "pending",
                .title: .text("Nothing to take: \(listing.version(of: last)), build \(last.buildNumber), was"),
                .reason: .text(withdrawal.text), .since: .text(moment.description), .date: .text(moment.date),
            ]
        ]
    }

    private func codes(_ regions: [Region]) -> String { regions.map(\.code).joined(separator: " ") }

    /// What each region gives: the newest build, and the older ones of regions that it has not reached.
    private func blocks(_ latest: Latest, _ state: ItemState, _ listing: TargetListing) -> [View] {
        let newest = listing.version(of: latest.group)
        return latest.builds.map { group, regions in
            let build = state.build(group.buildNumber)
            let behind: View = [
                .within: .text(codes(regions)), .text: .text(regions.map(\.code).joined(separator: ", ")),
                .newest: .text(newest),
            ]
            let asked = Set((build?.requirements ?? []).compactMap { try? Requirement(parsing: $0).package })
            let packages = (build?.packages ?? []).map { package -> View in
                let built = build?.artifact?.lock.wheel(of: package.name)?.built
                return [
                    .name: .text(package.name.text), .version: .text(package.version),
                    .license: .text(Words.short(package.license ?? "", 160)),
                    .size: .text(package.unzipped.map { Words.size($0) } ?? ""),
                    .asked: asked.contains(package.name) ? .flag(true) : nil,
                    .from: built.map {
                        .text(Words.short("built here from \($0.fileName) with \($0.toolsText)", 300))
                    }, .sha256: built.map { .text($0.sha256.hex) },
                ]
            }
            return [
                .version: .text(listing.version(of: group)), .buildNumber: .number(group.buildNumber),
                .date: .text(group.shared.published.date),
                .behind: group.buildNumber == latest.buildNumber ? nil : .view(behind),
                .size: build?.artifact.map { .view(size($0, state)) },
                .packages: .views(packages + (build?.artifact?.options.files ?? []).flatMap(rows)),
            ]
        }
    }

    /// What comes from elsewhere, with where that is and its digest.
    private func rows(of source: FileSource) -> [View] {
        source.pins.map { pin in
            [
                .name: .text(Words.short(pin.name)), .version: .text(Words.short(source.version ?? "")),
                .license: .text(Words.short(source.licence ?? "", 160)), .size: .text(""),
                .from: .text(Words.short(SafeURL.withoutCredentials(pin.url), 300)), .sha256: .text(pin.sha256.hex),
            ]
        }
    }

    private func latest(_ latest: Latest, _ listing: TargetListing, inFull: Bool) -> View {
        func older(_ group: ReleaseGroup) -> View.Field? {
            group.buildNumber == latest.buildNumber ? nil : .text(listing.version(of: group))
        }
        return [
            .regionCount: .number(latest.places.count), .one: .flag(latest.places.count == 1),
            .hasRegions: .flag(inFull), .open: .flag(false),
            .regions: .views(
                inFull
                    ? latest.places.map {
                        [
                            .id: .text($0.region.code), .arn: .text(latest.arn(at: $0)),
                            .older: older(latest.group(at: $0)),
                        ]
                    }
                    : []),
            .patterns: .views(
                inFull
                    ? []
                    : latest.patterns.map {
                        [
                            .arn: .text($0.arn), .regions: .text($0.regions.map(\.code).joined(separator: ", ")),
                            .older: older($0.group),
                        ]
                    }),
        ]
    }

    private func size(_ artifact: Build.Artifact, _ state: ItemState) -> View {
        [
            .unzipped: .text(Words.size(artifact.unzipped)), .zipped: .text(Words.size(artifact.zipped)),
            .bytes: .number(artifact.unzipped.bytes),
            .percent: .number(artifact.unzipped.bytes * 100 / LayerLimits.unzipped.bytes),
            .sha256: .text(artifact.sha256.hex), .chart: SizeChart(state.builds).map { .view($0.view) },
        ]
    }

    /// One row per build and act of publishing: regions in which it has come to a different status are told apart.
    ///
    /// - Parameter everywhere: all regions that any of the rows has.
    private func versions(_ state: ItemState, _ listing: TargetListing, _ everywhere: [Region]) -> [View] {
        var anchored: Set<Int> = []
        return listing.groups.map { group in
            let withdrawal = group.status == .latest ? nil : Withdrawal(group, listing)
            let isFirst = anchored.insert(group.buildNumber).inserted
            let patterns = (Latest([group])?.patterns ?? []).map { arn, _, regions -> View in
                [.arn: .text(arn), .within: regions == everywhere ? nil : .text(codes(regions))]
            }
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
                .fragment: isFirst ? .text("\(listing.item.target)-\(group.buildNumber)") : nil,
                .isYanked: group.status == .yanked ? .flag(true) : nil,
                .isGone: group.status == .deleted ? .flag(true) : nil,
                .successor: .text(withdrawal?.successor), .patterns: .views(patterns),
                .status: .text(group.status.rawValue), .numbers: .text(Words.numbers(group.numbers) + places),
                .reason: .text(group.shared.reason.map { Words.short($0) }),
                .expires: group.shared.isPinned
                    ? nil
                    : group.shared.expires.map {
                        .view([.at: .text($0.description), .date: .text($0.date)])
                    },
                .size: .text(build?.artifact.map { Words.size($0.unzipped) } ?? ""),
                .diff: .text(build.map { BuildDifference.text(from: previous, to: $0) } ?? ""),
            ]
        }
    }
}
