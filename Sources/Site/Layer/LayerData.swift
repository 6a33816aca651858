import Model

/// `data/layers/{layer}.js`: the latest of a layer, for the pages' script. A script and not JSON, since a page that
/// was opened from a folder may load scripts from beside it, but may not fetch files.
enum LayerData {
    static func path(of layer: LayerName) -> String { "data/layers/\(layer).js" }

    static func bytes(_ state: LayerState, _ listing: Listing) -> [UInt8] {
        var object = JSONObject()
        object.add("layer", state.layer.text)
        object.add(
            "targets",
            object: { targets in
                for (state, listing) in zip(state.items, listing.targets) {
                    guard let latest = listing.newest else { continue }
                    targets.add(listing.item.target.description, object: { add(state, listing, latest, to: &$0) })
                }
            })
        var out = Array("strata.layer(".utf8)
        out.append(contentsOf: object.bytes)
        out.append(");\n")
        return out
    }

    private static func add(
        _ state: ItemState, _ listing: TargetListing, _ latest: Latest, to object: inout JSONObject
    ) {
        let build = state.build(latest.buildNumber)
        let shared = latest.group.shared
        object.add("version", listing.version(of: latest.group))
        object.add("build", latest.buildNumber)
        object.add("name", shared.name)
        object.add("account", shared.account)
        object.add("unzipped", build?.artifact?.unzipped.bytes)
        object.add(
            "regions",
            object: { numbers in
                for place in latest.places { numbers.add(place.region.code, latest.number(at: place)) }
            })
        object.add(
            "arns",
            object: { arns in
                for place in latest.places {
                    let group = latest.group(at: place)
                    guard
                        group.shared.account != shared.account || group.shared.name != shared.name
                            || group.unusual[place.region] != nil
                    else { continue }
                    arns.add(place.region.code, latest.arn(at: place))
                }
            })
        object.add(
            "behind",
            object: { behind in
                for place in latest.places {
                    let group = latest.group(at: place)
                    if group.buildNumber != latest.buildNumber {
                        behind.add(place.region.code, listing.version(of: group))
                    }
                }
            })
        object.add(
            "packages",
            object: { packages in
                for package in build?.packages ?? [] { packages.add(package.name.text, package.version) }
            })
    }
}
