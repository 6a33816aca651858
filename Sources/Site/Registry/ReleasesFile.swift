import Model

/// `layers/{layer}/releases.json`: what changes of a layer. Per target, the releases with what they share told once,
/// and Lambda's number by region.
///
/// Deleted releases stay; candidates and quarantined ones are never in it.
enum ReleasesFile {
    static func path(of layer: LayerName) -> String { "layers/\(layer)/releases.json" }

    /// - Returns: nil if nothing of the layer is listed or was built.
    static func bytes(of layer: LayerState) -> [UInt8]? {
        let targets = layer.items.compactMap { state -> (String, [UInt8])? in
            let groups = ReleaseGroup.folding(state.releases)
            guard !groups.isEmpty || !state.builds.isEmpty || !state.aliases.isEmpty else { return nil }
            return (state.item.target.description, section(state, groups))
        }
        guard !targets.isEmpty else { return nil }
        let sections = JSONObject.file(targets)
        return JSONObject.file([
            ("format", Array("1".utf8)), ("layer", JSONObject.text(layer.layer.text)),
            ("targets", Array(sections.dropLast())),
        ])
    }

    private static func section(_ state: ItemState, _ groups: [ReleaseGroup]) -> [UInt8] {
        var object = JSONObject()
        if !state.aliases.isEmpty {
            var aliases = JSONObject()
            for (contents, serial) in state.aliases.sorted(by: { $0.key.digest < $1.key.digest }) {
                aliases.add(contents.description, serial)
            }
            object.add("same", json: aliases.bytes)
        }
        if let hold = state.hold {
            var held = JSONObject()
            held.add("build", hold.serial)
            held.add("instead-of", hold.insteadOf.description)
            object.add("hold", json: held.bytes)
        }
        object.add("builds", state.builds.map(\.serial).max() ?? 0)
        object.add("releases", json: JSONObject.array(groups.map(line), perLine: true))
        return object.bytes
    }

    static func line(_ group: ReleaseGroup) -> [UInt8] {
        var object = JSONObject()
        object.add("build", group.serial)
        object.add("name", group.shared.name)
        object.add("account", group.shared.account)
        object.add("status", group.status.rawValue)
        object.add("published", group.shared.published)
        object.add("expires", group.shared.expires)
        object.add("announced", group.shared.announced)
        object.add("reason", group.shared.reason)
        object.add("pinned", ifTrue: group.shared.isPinned)
        object.add("revoked", ifTrue: group.shared.isRevoked)
        object.add("external", ifTrue: group.shared.isExternal)
        var numbers = JSONObject()
        for (region, number) in zip(group.regions, group.numbers) { numbers.add(region.code, Int(number)) }
        object.add("regions", json: numbers.bytes)
        if !group.unusual.isEmpty {
            var arns = JSONObject()
            for (region, arn) in group.unusual.sorted(by: { $0.key < $1.key }) { arns.add(region.code, arn) }
            object.add("arns", json: arns.bytes)
        }
        return object.bytes
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
        let announced: Timestamp?
        let reason: String?
        let pinned: Bool?
        let revoked: Bool?
        let external: Bool?
        let regions: [Region: Int]
        let arns: [Region: String]?
    }

    /// What the file tells of an item.
    struct Entry {
        let item: Item
        let aliases: [ContentsKey: Int]
        let hold: Hold?
        /// The highest serial.
        let builds: Int
        let releases: [Release]
    }

    /// Reads the releases back, sorted by item and id.
    ///
    /// - Throws: `inconsistent` if the file is not such a file.
    static func items(in file: [UInt8], path: String) throws -> [Entry] {
        let document = try RegistryJSON.decode(Document.self, from: file, path: path)
        return try document.targets.map { name, section in
            guard let target = Target(name) else {
                throw StrataError(.inconsistent, "'\(name)' is no target", place: .init(file: path))
            }
            let item = Item(document.layer, target)
            let releases = section.releases.flatMap { group in group.regions.map { release(group, item, $0, $1) } }
            return Entry(
                item: item, aliases: section.same ?? [:],
                hold: section.hold.map { Hold(serial: $0.build, insteadOf: $0.insteadOf) }, builds: section.builds,
                releases: releases.sorted { $0.id < $1.id })
        }.sorted { $0.item < $1.item }
    }

    private static func release(_ group: Group, _ item: Item, _ region: Region, _ number: Int) -> Release {
        Release(
            id: Release.ID(region: region, name: group.name, number: number), item: item, serial: group.build,
            arn: group.arns?[region] ?? LayerARN.text(region, group.account, group.name, number),
            isExternal: group.external ?? false, status: group.status, published: group.published,
            expires: group.expires, announced: group.announced, reason: group.reason, isPinned: group.pinned ?? false,
            isRevoked: group.revoked ?? false)
    }
}
