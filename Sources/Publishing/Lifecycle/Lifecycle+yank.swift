import Model

extension Lifecycle {
    /// Marks a build's releases as not to be used, and why. The bytes and the permission stay, so that nothing breaks,
    /// unless `revoking`.
    ///
    /// - Returns: the run's report and how many releases were yanked.
    public func yank(_ selection: Selection, reason: String, revoking: Bool) async throws -> (RunReport, Int) {
        try await counting { lease in
            let found = try await releases(selection)
            for release in found {
                var yanked = release
                yanked.status = .yanked
                yanked.reason = reason
                yanked.expires = nil
                try await ledger.record([.released(yanked)], lease: lease)
                if revoking, !release.isRevoked { try await revoke(yanked, lease) }
            }
            return found.count
        }
    }

    /// Takes a release's permission back: written down before, and settled after the policy was read back.
    private func revoke(_ release: Release, _ lease: Lease) async throws {
        let intent = Intent(
            id: Intent.ID(runEnvironment.newPublication(), release.id.region.code),
            work: .revoke(item: release.item, release: release.id), begun: runEnvironment.now())
        try await ledger.begin([intent], lease: lease)
        for grant in try await provider.policy(of: release.id) {
            try await provider.revoke(statement: grant.statement, on: release.id)
        }
        guard try await provider.policy(of: release.id).isEmpty else {
            throw StrataError(.unavailable, "the permission of \(release.id) is still there, as read back")
        }
        var revoked = release
        revoked.isRevoked = true
        try await ledger.close(intent.id, events: [.released(revoked)], lease: lease)
    }

    /// Makes a build's releases stay for ever, or lets them end as promised from now on.
    public func pin(_ selection: Selection, pinned: Bool) async throws -> (RunReport, Int) {
        try await counting { lease in
            let found = try await releases(selection)
            let retention = desired.retention(of: selection.layer)
            let now = runEnvironment.now()
            let events = found.map { release -> Event in
                var changed = release
                changed.isPinned = pinned
                if release.status == .deprecated {
                    changed.expires =
                        pinned || !release.isPinned
                        ? pinned ? nil : release.expires : retention.end(of: changed, from: now)
                    changed.announced = pinned || release.isPinned ? nil : release.announced
                }
                return .released(changed)
            }
            try await ledger.recordAll(events, lease: lease)
            return found.count
        }
    }
}
