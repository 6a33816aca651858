import Model

extension Reconciler {
    /// Compares an item's releases in a region with the versions that are there under the item's names.
    ///
    /// - Parameter known: what is recorded for any item: after a change of the names' template another may have had a name.
    func compare(
        _ state: ItemState, in region: Region, _ known: Set<Release.ID>, _ remembered: Audience
    ) async throws -> [Difference] {
        let recorded = state.releases.filter { $0.id.region == region && !$0.isExternal }
        let open = state.openIntents.contains {
            if case .publish(_, _, _, region, _, _) = $0.work { true } else { false }
        }
        var differences: [Difference] = []
        for name in names(of: state, in: region) {
            let there = try await provider.versions(of: name, in: region)
            for version in there where !known.contains(version.id) && !open {
                differences.append(
                    Difference(
                        .orphanVersion, item: state.item, release: version.id,
                        "version \(version.id.number) of \(name) is in \(region) and not in the ledger"))
            }
            let present = Set(there.map(\.id))
            for release in recorded where release.id.name == name && release.status != .deleted {
                // A list may not show what was published a moment ago.
                let isThere: Bool
                if present.contains(release.id) {
                    isThere = true
                } else {
                    isThere = try await provider.version(release.id) != nil
                }
                guard isThere else {
                    differences.append(
                        Difference(
                            .missingVersion, item: state.item, release: release.id,
                            "\(release.id) is \(release.status.rawValue) in the ledger and does not exist"))
                    continue
                }
                differences += try await compare(release, state, remembered)
            }
        }
        return differences
    }

    /// The statements that a release should have: those that are recorded, whatever the configuration says by now. Changing
    /// them is the plan's business.
    ///
    /// - Parameter recorded: who can read the releases of which nothing is recorded.
    func grants(of release: Release, _ recorded: Audience) -> [Visibility.Grant] {
        guard release.isGranted else { return [] }
        return (release.audience ?? recorded).grants ?? desired.visibility.grants
    }

    /// Names under which the item was or would be published in a region.
    private func names(of state: ItemState, in region: Region) -> [String] {
        var names = Set(state.releases.filter { $0.id.region == region && !$0.isExternal }.map(\.id.name))
        if let latest = state.latestBuild ?? state.builds.last, desired.regions.contains(region) {
            names.insert(desired.naming.name(for: state.item, version: latest.version, buildNumber: latest.buildNumber))
        } else if desired.regions.contains(region), !desired.naming.uses(.version), !desired.naming.uses(.build) {
            names.insert(desired.naming.name(for: state.item, version: "", buildNumber: 0))
        }
        return names.sorted()
    }

    /// Whether a policy is what the registry's files could tell of it: changing that is the plan's business.
    private func isRecorded(_ are: Set<Visibility.Grant>, of release: Release) -> Bool {
        guard release.isGranted, let audience = release.audience, audience.grants == nil, audience.check != nil else {
            return false
        }
        return are.allSatisfy(\.isOurs) && Audience(grantedBy: Array(are)).agrees(with: audience)
    }

    private func compare(_ release: Release, _ state: ItemState, _ recorded: Audience) async throws -> [Difference] {
        guard let version = try await provider.version(release.id) else { return [] }
        guard let artifact = state.build(release.buildNumber)?.artifact else { return [] }
        guard version.sha256 == artifact.sha256 else {
            guard release.status != .quarantined else { return [] }
            return [
                Difference(
                    .wrongBytes, item: state.item, release: release.id,
                    "\(release.id) serves \(version.sha256.hex.prefix(12)), the ledger says \(artifact.sha256.hex.prefix(12))"
                )
            ]
        }
        let should = Set(grants(of: release, recorded))
        let are = Set(try await provider.policy(of: release.id))
        guard should != are, !isRecorded(are, of: release) else { return [] }
        let missing = should.subtracting(are).map(\.statement).sorted()
        let extra = are.subtracting(should).map(\.statement).sorted()
        let parts = [
            missing.isEmpty ? nil : "lacks \(missing.joined(separator: ", "))",
            extra.isEmpty ? nil : "has \(extra.joined(separator: ", ")) too many",
        ].compactMap(\.self)
        return [
            Difference(
                .wrongPermission, item: state.item, release: release.id,
                "the permission of \(release.id) \(parts.joined(separator: " and "))")
        ]
    }
}
