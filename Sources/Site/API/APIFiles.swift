import Model

/// The files of `/api/v1/` that are one item's own.
enum APIFiles {
    /// A file without bytes is one that should not be there (any more).
    static func files(of state: ItemState, _ listing: TargetListing) -> [(path: String, bytes: [UInt8]?)] {
        let (layer, target) = (listing.item.layer, listing.item.target)
        var files: [(String, [UInt8]?)] = [
            ("api/v1/latest/\(layer)/\(target).json", listing.newest.map { latest($0, state, listing) }),
            ("api/v1/renovate/\(layer)/\(target).json", listing.groups.isEmpty ? nil : renovate(listing)),
        ]
        let listed = Set(listing.groups.map(\.serial))
        for build in state.builds {
            let base = "api/v1/builds/\(layer)/\(target)/\(build.serial)"
            let isListed = listed.contains(build.serial)
            let artifact = isListed ? build.artifact : nil
            files.append((base + ".json", isListed ? BuildFile.bytes(of: build) : nil))
            files.append((base + ".pylock.toml", artifact.map { PylockFile.bytes(of: $0.lock) }))
            files.append((base + ".cdx.json", artifact.map { BillOfMaterials.bytes(of: build, $0) }))
        }
        return files
    }

    /// One small file with all regions: what a pipeline asks for.
    private static func latest(_ latest: Latest, _ state: ItemState, _ listing: TargetListing) -> [UInt8] {
        let build = state.build(latest.serial)
        let arns = latest.places.map { ($0.region.code, JSONObject.text(latest.arn(at: $0))) }
        var members: [(String, [UInt8])] = [
            ("format", Array("1".utf8)),
            ("layer", JSONObject.text(listing.item.layer.text)),
            ("target", JSONObject.text(listing.item.target.description)),
            ("version", JSONObject.text(listing.version(of: latest.group))),
            ("build", Array(String(latest.serial).utf8)),
            ("published", JSONObject.text(latest.group.shared.published.description)),
        ]
        if let artifact = build?.artifact {
            members.append(("sha256", JSONObject.text(artifact.sha256.hex)))
            members.append(("zipped", Array(String(artifact.zipped.bytes).utf8)))
            members.append(("unzipped", Array(String(artifact.unzipped.bytes).utf8)))
        }
        var packages = JSONObject()
        for package in build?.packages ?? [] { packages.add(package.name.text, package.version) }
        members.append(("packages", packages.bytes))
        members.append(("arns", Array(JSONObject.file(arns).dropLast())))
        return JSONObject.file(members)
    }

    /// The releases with Lambda's numbers by region; the preset in `renovate.json` picks a region's.
    /// https://docs.renovatebot.com/modules/datasource/custom/
    private static func renovate(_ listing: TargetListing) -> [UInt8] {
        let releases = listing.groups.filter { $0.status != .deleted }.map { group in
            var object = JSONObject()
            object.add("version", listing.version(of: group))
            object.add("build", group.serial)
            object.add("releaseTimestamp", group.shared.published)
            object.add("isDeprecated", json: Array((group.status == .latest ? "false" : "true").utf8))
            var numbers = JSONObject()
            for (region, number) in zip(group.regions, group.numbers) { numbers.add(region.code, Int(number)) }
            object.add("numbers", json: numbers.bytes)
            return object.bytes
        }
        return JSONObject.file([("releases", JSONObject.array(releases, perLine: true))])
    }
}
