import Model

extension Session {
    /// Takes a release's permission back: written down before, and closed after the policy was read back.
    ///
    /// - Throws: `refused` for a release of another account.
    func revoke(_ release: Release) async throws {
        try await provider.checkOwner(of: release.arn, as: release.id)
        let intent = Intent(
            id: Intent.ID(context.environment.newPublication(), release.id.region.code),
            work: .revoke(item: release.item, release: release.id), begun: now)
        try await ledger.begin([intent], lease: lease)
        try await ledger.check(lease)
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
}
