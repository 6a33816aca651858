import Model

/// What the ledger is told when a publication is done: the new latest and the former one, in one unit.
public func events(
    publishing action: PublishAction, as version: PublishedVersion, replacing deprecations: [DeprecateAction],
    in state: ItemState, now: Timestamp
) -> [Event] {
    let release = Release(
        id: version.id, item: action.item, buildNumber: action.buildNumber, arn: version.arn, status: .latest,
        published: now)
    var events: [Event] = [.released(release)]
    for deprecation in deprecations where deprecation.release != version.id {
        guard var former = state.releases.first(where: { $0.id == deprecation.release }) else { continue }
        former.deprecate(until: deprecation.expires)
        events.append(.released(former))
    }
    if state.notes[action.region] != nil { events.append(.noted(action.item, action.region, nil)) }
    return events
}

extension Release {
    /// No longer the latest; may be deleted once `expires` has passed.
    public mutating func deprecate(until expires: Timestamp?) {
        status = .deprecated
        self.expires = expires
    }
}
