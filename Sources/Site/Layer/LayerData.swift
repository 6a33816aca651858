import Model

/// `data/layers/{layer}.js`: the latest of a layer, for the pages' script. A script and not JSON, since a page that
/// was opened from a folder may load scripts from beside it, but may not fetch files.
enum LayerData {
    static func path(of layer: LayerName) -> String { "data/layers/\(layer).js" }

    static func bytes(_ state: LayerState, _ listing: Listing) -> [UInt8] {
        var targets = JSONObject()
        for (state, listing) in zip(state.items, listing.targets) {
            guard let latest = listing.newest else { continue }
            targets.add(listing.item.target.description, json: target(state, listing, latest))
        }
        var object = JSONObject()
        object.add("layer", state.layer.text)
        object.add("targets", json: targets.bytes)
        var out = Array("strata.layer(".utf8)
        out.append(contentsOf: object.bytes)
        out.append(");\n")
        return out
    }

    private static func target(_ state: ItemState, _ listing: TargetListing, _ latest: Latest) -> [UInt8] {
        let build = state.build(latest.serial)
        let shared = latest.group.shared
        var object = JSONObject()
        object.add("version", listing.version(of: latest.group))
        object.add("build", latest.serial)
        object.add("name", shared.name)
        object.add("account", shared.account)
        object.add("unzipped", build?.artifact?.unzipped.bytes)
        var (numbers, arns, behind) = (JSONObject(), JSONObject(), JSONObject())
        for place in latest.places {
            let group = latest.group(at: place)
            numbers.add(place.region.code, latest.number(at: place))
            if group.shared.account != shared.account || group.shared.name != shared.name
                || group.unusual[place.region] != nil
            {
                arns.add(place.region.code, latest.arn(at: place))
            }
            if group.serial != latest.serial { behind.add(place.region.code, listing.version(of: group)) }
        }
        object.add("regions", json: numbers.bytes)
        object.add("arns", json: arns.bytes)
        object.add("behind", json: behind.bytes)
        var packages = JSONObject()
        for package in build?.packages ?? [] { packages.add(package.name.text, package.version) }
        object.add("packages", json: packages.bytes)
        return object.bytes
    }
}
