import Model
import Planning

extension Publisher {
    /// Records what resolving came to, where that has changed. What could not be asked leaves no mark.
    func record(_ outcomes: [Item: ResolveOutcome], _ states: [ItemState], _ lease: Lease) async throws {
        let options = Dictionary(desired.layers.map { ($0.name, $0.options) }) { first, _ in first }
        let now = surroundings.now()
        let events = states.compactMap { state -> Event? in
            guard let outcome = outcomes[state.item],
                let resolution = Resolution(outcome, options[state.item.layer] ?? BuildOptions(), since: now),
                resolution.contents != state.resolution?.contents || resolution.remarks != state.resolution?.remarks
            else { return nil }
            return .resolved(state.item, resolution)
        }
        try await ledger.recordAll(events, lease: lease)
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
