import Model

/// What the ledger is told when a version is listed: the new latest and the former ones, in one unit.
public func events(
    listing version: PublishedVersion, _ buildNumber: Int, for audience: Audience? = nil,
    replacing deprecations: [DeprecateAction], in state: ItemState, now: Timestamp
) -> [Event] {
    let release = Release(
        id: version.id, item: state.item, buildNumber: buildNumber, arn: version.arn, status: .latest, published: now,
        audience: audience)
    var events: [Event] = [.released(release)]
    for deprecation in deprecations where deprecation.release != version.id {
        guard var former = state.releases.first(where: { $0.id == deprecation.release }) else { continue }
        former.deprecate(until: deprecation.expires)
        events.append(.released(former))
    }
    let region = version.id.region
    if state.notes[region] != nil { events.append(.noted(state.item, region, nil)) }
    return events
}

extension Release {
    /// No longer the latest; may be deleted once `expires` has passed.
    public mutating func deprecate(until expires: Timestamp?) {
        status = .deprecated
        self.expires = expires
    }
}
