import Model

/// `layers/{layer}/releases.json`: what changes of a layer. Per target, the releases with what they share told once,
/// and Lambda's number by region.
///
/// Deleted releases stay; candidates and quarantined ones are never in it.
enum ReleasesFile {
    static func path(of layer: LayerName, _ folders: LayerFolders) -> String {
        "\(folders.folder(of: layer))/releases.json"
    }

    /// - Returns: nil if nothing of the layer is listed or was built.
    static func bytes(of layer: LayerState) -> [UInt8]? {
        let sections = layer.items.map { ($0, ReleaseGroup.folding($0.releases)) }.filter { state, groups in
            !groups.isEmpty || !state.builds.isEmpty || !state.aliases.isEmpty
        }
        guard !sections.isEmpty else { return nil }
        return JSONObject.file(capacity: 16 << 10) { file in
            file.add("format", 1)
            file.add("layer", layer.layer.text)
            file.add(
                "targets",
                lines: { targets in
                    for (state, groups) in sections {
                        targets.add(state.item.target.description, object: { add(state, groups, to: &$0) })
                    }
                })
        }
    }

    private static func add(_ state: ItemState, _ groups: [ReleaseGroup], to object: inout JSONObject) {
        if !state.aliases.isEmpty {
            object.add(
                "same",
                object: { aliases in
                    for (contents, buildNumber) in state.aliases.sorted(by: { $0.key.digest < $1.key.digest }) {
                        aliases.add(contents.description, buildNumber)
                    }
                })
        }
        if let hold = state.hold {
            object.add(
                "hold",
                object: { held in
                    held.add("build", hold.buildNumber)
                    held.add("instead-of", hold.insteadOf.description)
                })
        }
        object.add("builds", state.builds.map(\.buildNumber).max() ?? 0)
        object.add("releases", rows: groups) { row, group in row.add(group) }
    }
}

extension JSONObject {
    /// What a group of releases says, with Lambda's number by region.
    mutating func add(_ group: ReleaseGroup) {
        add("build", group.buildNumber)
        add("name", group.shared.name)
        add("account", group.shared.account)
        add("status", group.status.rawValue)
        add("published", group.shared.published)
        add("expires", group.shared.end)
        add("promised", group.shared.isPinned ? group.shared.expires : nil)
        add("announced", group.shared.announced)
        add("reason", group.shared.reason)
        add("pinned", ifTrue: group.shared.isPinned)
        add("revoked", ifTrue: group.shared.isRevoked)
        add("external", ifTrue: group.shared.isExternal)
        add("visibility", group.shared.audience?.kind.rawValue)
        add("principals", group.shared.audience?.check)
        add("regions", object: { $0.add(numbersOf: group) })
        if !group.unusual.isEmpty {
            add(
                "arns",
                object: { arns in
                    for (region, arn) in group.unusual.sorted(by: { $0.key < $1.key }) { arns.add(region.code, arn) }
                })
        }
    }

    /// Lambda's number in each region of a group.
    mutating func add(numbersOf group: ReleaseGroup) {
        for (region, number) in zip(group.regions, group.numbers) { add(region.code, Int(number)) }
    }
}

extension ReleasesFile {
    private struct Document: Decodable {
        let format: Int
        let layer: LayerName
        let targets: [String: Section]
    }

    private struct Section: Decodable {
        let same: [ContentsKey: Int]?
        let hold: Held?
        let builds: Int
        let releases: [Group]
    }

    private struct Held: Decodable {
        let build: Int
        let insteadOf: ContentsKey

        enum CodingKeys: String, CodingKey {
            case build
            case insteadOf = "instead-of"
        }
    }

    private struct Group: Decodable {
        let build: Int
        let name: String
        let account: String
        let status: Release.Status
        let published: Timestamp
        let expires: Timestamp?
        let promised: Timestamp?
        let announced: Timestamp?
        let reason: String?
        let pinned: Bool?
        let revoked: Bool?
        let external: Bool?
        let visibility: String?
        let principals: String?
        let regions: [Region: Int]
        let arns: [Region: String]?
    }

    /// What the file tells of an item.
    struct Entry {
        let item: Item
        let aliases: [ContentsKey: Int]
        let hold: Hold?
        /// The highest build number.
        let builds: Int
        let releases: [Release]
    }

    /// Build numbers that a layer can have: one an hour for a century. Others are a mistake or an attack.
    private static let mostBuilds = 1_000_000

    /// Refuses a section with numbers that cannot be: what reads the files counts up to them.
    private static func refuseAbsurd(_ section: Section, of item: Item, path: String) throws {
        let builds = section.releases.map(\.build) + (section.same ?? [:]).values + [section.hold?.build ?? 1]
        guard (0...mostBuilds).contains(section.builds), builds.allSatisfy((1...mostBuilds).contains),
            section.releases.allSatisfy({ $0.regions.values.allSatisfy { (1...Int(Int32.max)).contains($0) } })
        else {
            throw StrataError(
                .inconsistent, "the registry's file holds a number of builds, a build or a version that cannot be",
                hint: "restore it from the branch's history",
                place: .init(layer: item.layer.text, target: item.target.description, file: path))
        }
    }

    /// Reads the releases back, sorted by item and id.
    ///
    /// - Throws: `inconsistent` if the file is not such a file.
    static func items(in file: [UInt8], path: String) throws -> [Entry] {
        let document = try RegistryJSON.decode(Document.self, from: file, path: path)
        return try document.targets.map { name, section in
            guard let target = Target(name) else {
                throw StrataError(.inconsistent, "'\(name)' is not a target", place: .init(file: path))
            }
            let item = Item(document.layer, target)
            try refuseAbsurd(section, of: item, path: path)
            let releases = section.releases.flatMap { group in group.regions.map { release(group, item, $0, $1) } }
            return Entry(
                item: item, aliases: section.same ?? [:],
                hold: section.hold.map { Hold(buildNumber: $0.build, insteadOf: $0.insteadOf) }, builds: section.builds,
                releases: releases.sorted { $0.id < $1.id })
        }.sorted { $0.item < $1.item }
    }

    private static func release(_ group: Group, _ item: Item, _ region: Region, _ number: Int) -> Release {
        Release(
            id: Release.ID(account: group.account, region: region, name: group.name, number: number), item: item,
            buildNumber: group.build,
            arn: group.arns?[region] ?? LayerARN.text(region, group.account, group.name, number),
            isExternal: group.external ?? false, status: group.status, published: group.published,
            expires: group.expires ?? group.promised, announced: group.announced, reason: group.reason,
            isPinned: group.pinned ?? false,
            isRevoked: group.revoked ?? false,
            audience: group.visibility.flatMap(Audience.Kind.init).map { Audience($0, check: group.principals) })
    }
}
