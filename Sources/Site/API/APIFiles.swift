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
        let listed = Set(listing.groups.map(\.buildNumber))
        for build in state.builds {
            let base = "api/v1/builds/\(layer)/\(target)/\(build.buildNumber)"
            let isListed = listed.contains(build.buildNumber)
            let artifact = isListed ? build.artifact : nil
            files.append((base + ".json", isListed ? BuildFile.bytes(of: build, withWheels: false) : nil))
            files.append(
                (base + ".pylock.toml", artifact.map { PylockFile.bytes(of: $0.lock, files: $0.options.files) }))
            files.append((base + ".cdx.json", artifact.map { BillOfMaterials.bytes(of: build, $0) }))
        }
        return files
    }

    /// One small file with all regions: what a pipeline asks for.
    private static func latest(_ latest: Latest, _ state: ItemState, _ listing: TargetListing) -> [UInt8] {
        let build = state.build(latest.buildNumber)
        return JSONObject.file(capacity: 4096) { file in
            file.add(schema: "latest", of: "api/v1/latest/\(listing.item.layer)/\(listing.item.target).json")
            file.add("format", 1)
            file.add("layer", listing.item.layer.text)
            file.add("target", listing.item.target.description)
            file.add("version", listing.version(of: latest.group))
            file.add("build", latest.buildNumber)
            file.add("published", latest.group.shared.published)
            file.add("sha256", build?.artifact?.sha256)
            file.add("zipped", build?.artifact?.zipped.bytes)
            file.add("unzipped", build?.artifact?.unzipped.bytes)
            file.add(
                "packages",
                object: { packages in
                    for package in build?.packages ?? [] { packages.add(package.name.text, package.version) }
                })
            file.add(
                "arns",
                lines: { arns in
                    for place in latest.places { arns.add(place.region.code, latest.arn(at: place)) }
                })
            file.add(
                "behind",
                lines: { behind in
                    for place in latest.places {
                        let group = latest.group(at: place)
                        guard group.buildNumber != latest.buildNumber else { continue }
                        behind.add(
                            place.region.code,
                            object: { add(group, state.build(group.buildNumber), listing, to: &$0) })
                    }
                })
        }
    }

    /// What a region gives that the newest build has not reached.
    private static func add(
        _ group: ReleaseGroup, _ build: Build?, _ listing: TargetListing, to object: inout JSONObject
    ) {
        object.add("version", listing.version(of: group))
        object.add("build", group.buildNumber)
        object.add("published", group.shared.published)
        object.add("sha256", build?.artifact?.sha256)
        object.add("zipped", build?.artifact?.zipped.bytes)
        object.add("unzipped", build?.artifact?.unzipped.bytes)
    }

    /// The releases with Lambda's numbers by region; the preset in `renovate.json` picks a region's.
    /// https://docs.renovatebot.com/modules/datasource/custom/
    private static func renovate(_ listing: TargetListing) -> [UInt8] {
        JSONObject.file(capacity: 4096) { file in
            file.add("releases", rows: listing.groups.lazy.filter { $0.status != .deleted }) { row, group in
                row.add("version", listing.version(of: group))
                row.add("build", group.buildNumber)
                row.add("releaseTimestamp", group.shared.published)
                row.add("isDeprecated", flag: group.status != .latest)
                row.add("numbers", object: { $0.add(numbersOf: group) })
            }
        }
    }
}
