import Model

extension Session {
    /// Brings a version's policy to some statements: gives before it takes, and reads the result back.
    ///
    /// - Parameter keepingOthers: whether statements stay that Strata did not make.
    /// - Throws: `unavailable` if the policy is another one, as read back.
    func setPolicy(of id: Release.ID, to grants: [Visibility.Grant], keepingOthers: Bool) async throws {
        // A permission that is changed after somebody else took over would be changed back.
        try await ledger.check(lease)
        let present = try await provider.policy(of: id)
        let extra = present.filter { !grants.contains($0) && !(keepingOthers && !$0.isOurs) }
        let taken = Set(grants.map(\.statement))
        // A statement's id is free only once the other statement is gone.
        for grant in extra where taken.contains(grant.statement) {
            try await provider.revoke(statement: grant.statement, on: id)
        }
        for grant in grants where !present.contains(grant) { try await provider.grant(grant, on: id) }
        for grant in extra where !taken.contains(grant.statement) {
            try await provider.revoke(statement: grant.statement, on: id)
        }
        guard try await holds(grants, on: id, orOthers: keepingOthers) else {
            throw StrataError(.unavailable, "the permission of \(id) is not what was asked for, as read back")
        }
    }

    /// Whether a version's policy is just some statements, or those and others that Strata did not make.
    func holds(_ grants: [Visibility.Grant], on id: Release.ID, orOthers: Bool) async throws -> Bool {
        let present = try await provider.policy(of: id)
        return Set(present.filter { grants.contains($0) || !orOthers || $0.isOurs }) == Set(grants)
    }

    /// Whether the account that an intent was begun in can be asked what came of it. Unless a change of the account is
    /// allowed, nothing goes on before that is known: the intent may have published.
    ///
    /// - Returns: false if it has been closed, since nobody will ever ask the other account.
    /// - Throws: `refused`.
    func canRecover(_ intent: Intent) async throws -> Bool {
        guard let begun = intent.account else { return true }
        let here = try await provider.account(in: intent.region.partition)
        guard begun != here else { return true }
        guard context.options.allowances.accountChange else {
            throw StrataError(
                .refused, "a run that died began to change account \(begun), and these credentials are for \(here)",
                hint: "sign in to account \(begun) once, so that it is finished, or pass --allow-account-change",
                place: intent.item.place)
        }
        recorder.record(.warning("what a run that died did in account \(begun) stays as it is: \(intent.id)"))
        try await ledger.close(intent.id, events: [], lease: lease)
        return false
    }

    /// The id of a recorded release, whole: an intent of an older version does not tell the account.
    func recorded(_ id: Release.ID, of item: Item) async throws -> Release.ID {
        guard id.account.isEmpty else { return id }
        let known = try await state(of: item).releases.map(\.id)
        return known.first { ($0.region, $0.name, $0.number) == (id.region, id.name, id.number) } ?? id
    }
}

extension Visibility.Grant {
    /// Whether Strata made the statement, as its id tells.
    var isOurs: Bool { statement.hasPrefix("strata-") }
}
