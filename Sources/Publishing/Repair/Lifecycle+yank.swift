import Model

extension Lifecycle {
    /// Marks a build's releases as not to be used, and why. The bytes and the permission stay, so that nothing breaks,
    /// unless `revoking`.
    ///
    /// - Returns: the run's report and how many releases were changed; 0 if that was done before.
    /// - Throws: `refused`, before anything is changed, if a permission to be taken back is in another account.
    public func yank(_ selection: Selection, reason: String, revoking: Bool) async throws -> (RunReport, Int) {
        try await change { session in
            let found = try await releases(selection).filter { release in
                release.status != .yanked || release.reason != reason || revoking && !release.isRevoked
            }
            if revoking {
                for release in found where !release.isRevoked {
                    try await session.provider.checkOwner(of: release.arn, as: release.id)
                }
            }
            for release in found {
                var yanked = release
                yanked.status = .yanked
                yanked.reason = reason
                yanked.expires = nil
                // Told by the next push, which says when.
                if release.status != .yanked { yanked.announced = nil }
                try await session.record([.released(yanked)])
                session.recorder.record(
                    .yanked(
                        .init(
                            item: release.item, region: release.id.region, buildNumber: release.buildNumber,
                            reason: reason)))
                if revoking, !release.isRevoked { try await session.revoke(yanked) }
            }
            return found.count
        }
    }

    /// Makes a build's releases stay for ever, or lets them end as promised from now on, and not before the end that they
    /// had.
    /// - Returns: the run's report and how many releases were changed; 0 if that was done before.
    public func pin(_ selection: Selection, pinned: Bool) async throws -> (RunReport, Int) {
        try await change { session in
            let found = try await releases(selection).filter { $0.isPinned != pinned }
            let retention = desired.retention(of: selection.layer)
            let now = session.now
            let events = found.map { release -> Event in
                var changed = release
                changed.isPinned = pinned
                if release.status == .deprecated, !pinned {
                    let end = retention.end(of: changed, from: now)
                    changed.expires = end.map { max($0, release.expires ?? $0) }
                    changed.announced = nil
                }
                return .released(changed)
            }
            try await session.record(events)
            return found.count
        }
    }
}
