import Model

/// Something that was published, or withdrawn: a row of `api/v1/changes/{day}.json`.
struct ChangeRow: Sendable, Decodable {
    /// How readers are told not to begin with a build any more.
    enum Event: String, Sendable, Decodable {
        /// Something newer took its place.
        case deprecated
        /// Nothing took its place: the layer ends.
        case retired
        /// It should not be used.
        case yanked
        /// An advisory became known about the latest build.
        case vulnerable
    }

    /// The build that came in another's place.
    struct Replacement: Sendable, Hashable, Decodable {
        let build: Int
        let version: String
    }

    let layer: String
    /// When it happened.
    let published: Timestamp
    let target: Target
    let build: Int
    let version: String
    /// `2.32.4 → 2.32.5`, `only dependencies changed: …`, `first build`, `yanked: …`.
    let what: String
    /// nil for a publication.
    var event: Event?
    var reason: String?
    /// Until when it stays.
    var expires: Timestamp?
    var replacement: Replacement?
    /// The advisory's name.
    var advisory: String?

    /// What happened to an item, in any order.
    static func rows(_ state: ItemState, _ listing: TargetListing) -> [ChangeRow] {
        publications(state, listing) + withdrawals(listing) + advisories(listing)
    }

    /// The acts of publishing: one row for each build and moment, whatever the regions.
    private static func publications(_ state: ItemState, _ listing: TargetListing) -> [ChangeRow] {
        struct Act: Hashable {
            let buildNumber: Int
            let published: Timestamp
        }
        let acts = Set(listing.groups.map { Act(buildNumber: $0.buildNumber, published: $0.shared.published) })
        return acts.map { act in
            let build = state.build(act.buildNumber)
            let previous = state.builds.last { $0.buildNumber < act.buildNumber }
            return ChangeRow(
                layer: listing.item.layer.text, published: act.published, target: listing.item.target,
                build: act.buildNumber, version: listing.versions[act.buildNumber] ?? "",
                what: build.map { BuildDifference.text(from: previous, to: $0, limit: 3) } ?? "imported")
        }
    }

    /// What was deprecated, retired or yanked, from when readers could see it.
    private static func withdrawals(_ listing: TargetListing) -> [ChangeRow] {
        struct Act: Hashable {
            let buildNumber: Int
            let isYanked: Bool
            let moment: Timestamp
        }
        var told: Set<Act> = []
        return listing.groups.compactMap { group in
            guard group.status != .latest, let moment = group.shared.announced else { return nil }
            let isYanked = group.status == .yanked
            guard told.insert(Act(buildNumber: group.buildNumber, isYanked: isYanked, moment: moment)).inserted else {
                return nil
            }
            let withdrawal = Withdrawal(group, listing)
            return ChangeRow(
                layer: listing.item.layer.text, published: moment, target: listing.item.target,
                build: group.buildNumber, version: listing.version(of: group), what: withdrawal.text,
                event: withdrawal.event, reason: withdrawal.reason, expires: withdrawal.expires,
                replacement: withdrawal.replacement)
        }
    }

    /// What became known about the latest build, but for what the maintainer says that it does not matter.
    private static func advisories(_ listing: TargetListing) -> [ChangeRow] {
        guard let audit = listing.audit else { return [] }
        return audit.entries.filter { $0.ignored == nil }.map { entry in
            ChangeRow(
                layer: listing.item.layer.text, published: entry.since, target: listing.item.target,
                build: audit.buildNumber, version: listing.versions[audit.buildNumber] ?? "",
                what: "advisory: \(Words.short(entry.advisory.text))", event: .vulnerable,
                reason: entry.advisory.summary.map { Words.short($0) }, advisory: entry.advisory.id)
        }
    }

    static func isNewer(_ left: ChangeRow, _ right: ChangeRow) -> Bool {
        if left.published != right.published { return left.published > right.published }
        if left.layer != right.layer { return LineTable.precedes(left.layer.utf8, right.layer.utf8) }
        if left.target != right.target { return left.target < right.target }
        return (left.build, left.event?.rawValue ?? "", left.advisory ?? "", left.what)
            < (right.build, right.event?.rawValue ?? "", right.advisory ?? "", right.what)
    }

    var bytes: [UInt8] {
        var object = JSONObject()
        object.add("layer", layer)
        object.add("published", published)
        object.add("target", target.description)
        object.add("build", build)
        object.add("version", version)
        object.add("what", what)
        object.add("event", event?.rawValue)
        object.add("reason", reason)
        object.add("expires", expires)
        object.add("advisory", advisory)
        if let replacement {
            object.add(
                "replacement",
                object: {
                    $0.add("build", replacement.build)
                    $0.add("version", replacement.version)
                })
        }
        return object.bytes
    }
}

/// Why a group of releases is not to be begun with, until when it stays, and what to take.
struct Withdrawal: Sendable {
    let event: ChangeRow.Event
    let reason: String?
    let expires: Timestamp?
    let replacement: ChangeRow.Replacement?
    private let version: String

    /// - Parameter group: one that is not latest.
    init(_ group: ReleaseGroup, _ listing: TargetListing) {
        let newer = listing.replacement(of: group)
        replacement = newer.map { .init(build: $0.buildNumber, version: listing.version(of: $0)) }
        event = group.status == .yanked ? .yanked : newer == nil ? .retired : .deprecated
        reason = group.shared.reason.map { Words.short($0) }
        expires = group.shared.end
        version = listing.version(of: group)
    }

    /// `2.32.5 replaces it`, or `build 5 replaces it` where the version is the same.
    var successor: String? {
        replacement.map { ($0.version == version ? "build \($0.build)" : $0.version) + " replaces it" }
    }

    /// One line for feeds and lists.
    var text: String {
        let stay = expires.map { "; it stays until \($0.date)" } ?? ""
        return switch event {
        case .yanked: "yanked: \(reason ?? "no reason given"); \(successor ?? "nothing replaces it yet")"
        case .retired: "retired: nothing replaces it\(stay)"
        // An advisory withdraws nothing.
        case .deprecated, .vulnerable: "deprecated: \(successor ?? "")\(stay)"
        }
    }
}
