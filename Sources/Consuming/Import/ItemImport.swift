import Model

/// What the imported releases of one item mean for the ledger.
///
/// Other systems do not tell builds apart as Strata does. Releases with the same version and the same packages inside
/// are taken as one build; where the packages are not told, the version alone decides. Such a build has no artifact,
/// since nobody can make its bytes again, and its releases are external: Strata never deletes them.
struct ItemImport {
    let item: Item
    let releases: [ImportedRelease]
    private(set) var events: [Event] = []
    private(set) var refusals: [ImportRemark] = []
    private(set) var remarks: [ImportRemark] = []

    private struct Contents: Hashable, Comparable {
        let version: String
        /// Sorted by name.
        let packages: [Build.Package]

        init(_ build: Build) {
            version = build.version
            packages = build.packages
        }

        init(_ release: ImportedRelease) {
            version = release.version
            packages = release.packages
        }

        /// Any order that is always the same.
        static func < (left: Contents, right: Contents) -> Bool {
            if left.version != right.version { return left.version < right.version }
            return left.packages.lazy.flatMap { [$0.name.text, $0.version] }
                .lexicographicallyPrecedes(right.packages.lazy.flatMap { [$0.name.text, $0.version] })
        }
    }

    /// - Parameters:
    ///   - state: what the ledger knows of the item; importing the same again gives no events.
    ///   - now: stands for dates of publication that the files do not tell.
    init(_ item: Item, _ releases: [ImportedRelease], known state: ItemState, now: Timestamp) {
        self.item = item
        self.releases = releases
        let before = Dictionary(state.releases.map { ($0.id, $0) }) { first, _ in first }
        var buildNumbers: [Contents: Int] = [:]
        for build in state.builds where build.artifact == nil {
            buildNumbers[Contents(build)] = build.buildNumber
        }
        let newest = Dictionary(grouping: releases, by: \.id.series).compactMapValues { $0.map(\.id.number).max() }

        var next = (state.builds.last?.buildNumber ?? 0) + 1
        let contents = releases.map(Contents.init)
        for (contents, created) in Self.inOrder(releases, contents) where buildNumbers[contents] == nil {
            buildNumbers[contents] = next
            events.append(
                .built(
                    Build(
                        buildNumber: next, item: item, version: contents.version, artifact: nil,
                        requirements: [item.layer.text], packages: contents.packages, created: created ?? now)))
            next += 1
        }
        var planned: [Planned] = []
        for (release, contents) in zip(releases, contents) {
            guard let buildNumber = buildNumbers[contents] else { continue }
            let isNewest = newest[release.id.series] == release.id.number
            if let new = plan(release, buildNumber, before[release.id], isNewest: isNewest, now) {
                planned.append(Planned(new, release.source))
            }
        }
        keepOneLatest(among: &planned, known: state.releases)
        events += planned.filter { $0.release != before[$0.release.id] }.map { Event.released($0.release) }
    }

    /// A release as it will be recorded, and where that was read.
    private struct Planned {
        var release: Release
        let source: ImportSource

        init(_ release: Release, _ source: ImportSource) {
            self.release = release
            self.source = source
        }
    }

    /// - Returns: nil if nothing is to be recorded of it.
    private mutating func plan(
        _ release: ImportedRelease, _ buildNumber: Int, _ known: Release?, isNewest: Bool, _ now: Timestamp
    ) -> Release? {
        if let known, !known.isExternal {
            refusals.append(ImportRemark(release.source, "\(release.arn) is this registry's own release"))
            return nil
        }
        var status: Release.Status
        var expires = release.expires
        if let told = release.status {
            status = told
        } else {
            // Files until 2021 do not tell: what has no expiry may be the latest, or one that was forgotten.
            status = isNewest ? .latest : .deprecated
            if !isNewest {
                remarks.append(
                    ImportRemark(release.source, "taken as deprecated, without an expiry: a newer version is listed"))
            }
        }
        if let known {
            // What a maintainer decided since the last import stays.
            guard known.status == .latest || known.status == .deprecated else { return nil }
            if status.age < known.status.age {
                if release.status != nil {
                    remarks.append(
                        ImportRemark(
                            release.source, "\(release.arn) is '\(known.status.rawValue)' already, which stays",
                            isDecision: true))
                }
                (status, expires) = (known.status, known.expires)
            } else if let end = known.expires, status == .deprecated, expires.map({ $0 < end }) ?? true {
                if expires != nil {
                    remarks.append(
                        ImportRemark(
                            release.source, "\(release.arn) was to be kept until \(end.date), which stays",
                            isDecision: true))
                }
                expires = end
            }
        }
        var new = Release(
            id: release.id, item: item, buildNumber: buildNumber, arn: release.arn, isExternal: true, status: status,
            published: known?.published ?? release.created ?? now, expires: expires)
        if let known {
            new.announced = known.announced
            new.reason = known.reason
            new.isPinned = known.isPinned
            new.isRevoked = known.isRevoked
        }
        return new
    }

    /// Of several releases under a name in a region only the highest number is the latest: files of different days
    /// were imported. The others become deprecated, without an end.
    private mutating func keepOneLatest(among planned: inout [Planned], known: [Release]) {
        let told = Set(planned.map(\.release.id))
        var highest: [Release.ID.Series: Int] = [:]
        let candidates = planned.map(\.release) + known.filter { $0.isExternal && !told.contains($0.id) }
        for release in candidates where release.status == .latest {
            highest[release.id.series] = max(highest[release.id.series] ?? 0, release.id.number)
        }
        func isReplaced(_ release: Release) -> Bool {
            release.status == .latest && release.id.number < highest[release.id.series] ?? 0
        }
        for index in planned.indices where isReplaced(planned[index].release) {
            planned[index].release.status = .deprecated
            remarks.append(replaced(planned[index].release, planned[index].source))
        }
        guard let source = planned.first?.source else { return }
        for var release in known where release.isExternal && !told.contains(release.id) && isReplaced(release) {
            release.status = .deprecated
            planned.append(Planned(release, source))
            remarks.append(replaced(release, source))
        }

        func replaced(_ release: Release, _ source: ImportSource) -> ImportRemark {
            let number = highest[release.id.series] ?? 0
            return ImportRemark(
                source, "\(release.arn) is taken as deprecated, without an expiry: number \(number) is the latest",
                isDecision: true)
        }
    }

    /// What was released, oldest first, with the earliest date that the files tell: by that date where there is one,
    /// else by the numbers that Lambda gave in the region with the longest history.
    private static func inOrder(_ releases: [ImportedRelease], _ contents: [Contents]) -> [(Contents, Timestamp?)] {
        let histories = Dictionary(grouping: releases, by: \.id.series)
        let longest = histories.max {
            ($0.value.count, $1.key.description) < ($1.value.count, $0.key.description)
        }?.key
        return Dictionary(grouping: zip(releases, contents), by: \.1)
            .map { contents, group -> (contents: Contents, created: Timestamp?, number: Int) in
                let numbers = group.filter { $0.0.id.series == longest }.map(\.0.id.number)
                let number = numbers.min() ?? group.map(\.0.id.number).min() ?? 0
                return (contents, group.compactMap(\.0.created).min(), number)
            }
            .sorted { left, right in
                let (before, after) = (left.created?.seconds ?? .max, right.created?.seconds ?? .max)
                if before != after { return before < after }
                if left.number != right.number { return left.number < right.number }
                return left.contents < right.contents
            }
            .map { ($0.contents, $0.created) }
    }
}

extension Release.ID {
    /// One history of numbers: a layer's name in an account's region.
    fileprivate struct Series: Hashable, CustomStringConvertible {
        let region: Region
        let account: String
        let name: String
        var description: String { "\(region):\(account):\(name)" }
    }
    fileprivate var series: Series { Series(region: region, account: account, name: name) }
}
