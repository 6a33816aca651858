import Model
import Planning

extension Publisher {
    /// Records what resolving came to, where that has changed. What could not be asked leaves no mark.
    func record(_ outcomes: [Item: ResolveOutcome], _ states: [ItemState], _ lease: Lease) async throws {
        let options = Dictionary(desired.layers.map { ($0.name, $0.options) }) { first, _ in first }
        let now = runEnvironment.now()
        let events = states.compactMap { state -> Event? in
            guard let outcome = outcomes[state.item] else { return nil }
            return changedResolution(outcome, options[state.item.layer] ?? BuildOptions(), state, now: now)
                .map { .resolved(state.item, $0) }
        }
        try await ledger.recordAll(events, lease: lease)
    }

    /// What resolving came to; nil if the ledger says the same already.
    func changedResolution(
        _ outcome: ResolveOutcome, _ options: BuildOptions, _ state: ItemState, now: Timestamp
    ) -> Resolution? {
        guard let resolution = Resolution(outcome, options, since: now),
            resolution.contents != state.resolution?.contents || resolution.remarks != state.resolution?.remarks
        else { return nil }
        return resolution
    }
}

extension Resolution {
    fileprivate init?(_ outcome: ResolveOutcome, _ options: BuildOptions, since: Timestamp) {
        switch outcome {
        case .locked(let resolved):
            let young = resolved.young.map { "\($0.package) \($0.version) is held back until \($0.matures.date)" }
            self.init(contents: ContentsKey(resolved.lock, options), remarks: resolved.remarks + young, since: since)
        case .refused(let reason): self.init(contents: nil, remarks: [reason], since: since)
        case .failed: return nil
        }
    }
}
