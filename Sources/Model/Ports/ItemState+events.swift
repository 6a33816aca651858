extension ItemState {
    /// What an empty ledger has to be told to know the same, builds first. Open intents are not events.
    public var events: [Event] {
        var events = builds.map(Event.built)
        events += aliases.sorted { $0.key.digest < $1.key.digest }.map { .same(item, $0.key, buildNumber: $0.value) }
        events += releases.map(Event.released)
        events += notes.sorted { $0.key < $1.key }.map { .noted(item, $0.key, $0.value) }
        if let resolution { events.append(.resolved(item, resolution)) }
        if let hold { events.append(.held(item, hold)) }
        return events
    }
}
