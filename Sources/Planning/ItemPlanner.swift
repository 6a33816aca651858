import Model

/// How long a region that does not offer a runtime is left alone before it is asked again.
public let unavailableRetry = Duration.seconds(7 * 86_400)

/// The steps from an item's state to what is wanted of it: a pure function, so the fleet maps it over items.
///
/// In order: what must be refused or waited for; the build, if its bytes are needed; then, region by region, the
/// publication and the deprecation of what it replaces; last, what is withdrawn from regions that are gone.
public func plan(_ wanted: WantedItem, state: ItemState, now: Timestamp) -> [Action] {
    var actions: [Action] = []
    let goal: Goal?
    switch wanted.outcome {
    case .locked(let resolved):
        (goal, actions) = choose(resolved, wanted, state, now)
    case .refused(let reason):
        actions.append(.refuse(RefuseAction(item: wanted.item, reason: reason)))
        goal = state.latestBuild.map(Goal.init(keeping:))
    case .failed(let reason):
        actions.append(.refuse(RefuseAction(item: wanted.item, reason: reason, isTemporary: true)))
        goal = state.latestBuild.map(Goal.init(keeping:))
    }
    if let goal { actions += reach(goal, wanted, state, now) }
    actions += wanted.access.changes(of: state)
    actions += withdraw(state, now: now, retention: wanted.retention) { !wanted.regions.contains($0) }
    return actions
}

/// The steps for an item that nobody wants any more: its releases are deprecated, so that they end as promised.
public func planWithdrawal(
    of state: ItemState, now: Timestamp, retention: RetentionPolicy, access: Access = Access()
) -> [Action] {
    withdraw(state, now: now, retention: retention) { _ in true } + access.changes(of: state)
}

private func choose(
    _ resolved: ResolvedLock, _ wanted: WantedItem, _ state: ItemState, _ now: Timestamp
) -> (Goal?, [Action]) {
    var asides = resolved.young.map { young in
        Action.wait(
            WaitAction(
                item: wanted.item, until: young.matures, reason: .young, subject: "\(young.package) \(young.version)"))
    }
    let current = state.latestBuild
    if let held = state.heldBuild(insteadOf: ContentsKey(resolved.lock, wanted.options)),
        state.yanked(held.buildNumber) == nil
    {
        return (held.buildNumber == current?.buildNumber ? Goal(keeping: held) : Goal(rollingBackTo: held), asides)
    }
    let goal = Goal(resolved.lock, of: wanted, state: state)
    if let reason = state.yanked(goal.buildNumber) {
        let text = "the index still gives build \(goal.buildNumber), which was yanked (\(reason))"
        asides.append(.refuse(RefuseAction(item: wanted.item, reason: text)))
        return (current.map(Goal.init(keeping:)), asides)
    }
    if let refusal = state.unallowed(goal, wanted) {
        asides.append(.refuse(refusal))
        return (current.map(Goal.init(keeping:)), asides)
    }
    if goal.buildNumber != current?.buildNumber, let refused = state.refusal(of: goal, under: wanted.checks) {
        asides.append(.refuse(RefuseAction(item: wanted.item, reason: refused.reason)))
        return (current.map(Goal.init(keeping:)), asides)
    }
    if goal.isNew, let refusal = wanted.refusal {
        asides.append(.refuse(RefuseAction(item: wanted.item, reason: refusal)))
        return (current.map(Goal.init(keeping:)), asides)
    }
    guard let current else { return (goal, asides) }
    if goal.buildNumber == current.buildNumber { return (Goal(keeping: current), asides) }

    let due = state.published(current) + wanted.updates.dependenciesOnly
    if now < due, wanted.changesOnlyDependencies(of: current, to: resolved.lock), let old = current.artifact?.lock {
        let subject = resolved.lock.changes(from: old)
        asides.append(.wait(WaitAction(item: wanted.item, until: due, reason: .dependenciesOnly, subject: subject)))
        return (Goal(keeping: current), asides)
    }
    return (goal, asides)
}

private func reach(_ goal: Goal, _ wanted: WantedItem, _ state: ItemState, _ now: Timestamp) -> [Action] {
    let name = wanted.naming.name(for: wanted.item, version: goal.version, buildNumber: goal.buildNumber)
    guard name.utf8.count <= LayerLimits.nameLength else {
        let reason = "the name '\(name)' is longer than Lambda's \(LayerLimits.nameLength) characters"
        return [.refuse(RefuseAction(item: wanted.item, reason: reason))]
    }
    var steps: [Action] = []
    let latest = state.latest
    for region in wanted.regions where !state.isUncertain(region) {
        if let note = state.notes[region], note.kind == .unavailable, now < note.since + unavailableRetry { continue }
        let present = latest[region] ?? []
        let account = wanted.access.account(in: region)
        if present.contains(where: { $0.stands(for: goal.buildNumber, as: name, in: account) }) { continue }
        let former = present.last
        let leaves = former.flatMap { $0.isIn(account) ? nil : $0.id.account }
        let reason: PublishAction.Reason =
            switch (goal.reason, former) {
            case _ where leaves != nil: .account
            case (.backfill, let former?) where former.buildNumber == goal.buildNumber: .rename
            case (let reason, _): reason
            }
        steps.append(
            .publish(
                PublishAction(
                    item: wanted.item, buildNumber: goal.buildNumber, version: goal.version, region: region, name: name,
                    reason: reason, replaces: former.flatMap { state.build($0.buildNumber)?.version }, leaves: leaves)))
        steps += present.map { deprecation($0, now: now, retention: wanted.retention, reason: .replaced) }
    }
    guard !steps.isEmpty else { return [] }
    guard let contents = goal.contents else {
        let reason = "build \(goal.buildNumber) was imported: its bytes cannot be made again, so no region can get it"
        return [.refuse(RefuseAction(item: wanted.item, reason: reason))]
    }
    if let refused = state.refusal(of: goal, under: wanted.checks) {
        return [.refuse(RefuseAction(item: wanted.item, reason: refused.reason))]
    }
    let build = BuildAction(
        item: wanted.item, buildNumber: goal.buildNumber, version: goal.version, contents: contents, isNew: goal.isNew,
        recipe: goal.recipe)
    return [.build(build)] + steps
}

private func withdraw(
    _ state: ItemState, now: Timestamp, retention: RetentionPolicy, where isGone: (Region) -> Bool
) -> [Action] {
    // What something else published keeps the promises of who published it.
    state.releases.filter { $0.status == .latest && !$0.isExternal && isGone($0.id.region) }
        .map { deprecation($0, now: now, retention: retention, reason: .withdrawn) }
}

private func deprecation(
    _ release: Release, now: Timestamp, retention: RetentionPolicy, reason: DeprecateAction.Reason
) -> Action {
    .deprecate(
        DeprecateAction(
            item: release.item, release: release.id, expires: retention.end(of: release, from: now), reason: reason))
}

extension ItemState {
    /// The build that a rollback holds, while the index offers nothing but what was left.
    func heldBuild(insteadOf contents: ContentsKey) -> Build? {
        guard let hold, hold.insteadOf == contents else { return nil }
        return build(hold.buildNumber)
    }

    /// Why a build was yanked, if it was.
    func yanked(_ buildNumber: Int) -> String? {
        releases.first { $0.buildNumber == buildNumber && $0.status == .yanked }.map { $0.reason ?? "no reason given" }
    }

    /// Why nobody tries to build something again, if it was refused.
    func refusal(of goal: Goal, under checks: Checks) -> RefusedBuild? {
        resolution?.refusedBuilds.first { $0.contents == goal.contents && $0.holds(under: checks) }
    }

    /// True if a former run may or may not have published there: nothing is repeated before that is known.
    public func isUncertain(_ region: Region) -> Bool {
        openIntents.contains {
            if case .publish(_, _, _, region, _, _) = $0.work { true } else { false }
        }
    }

    /// Why a build must not become the latest before somebody says that it is meant: a name that was published belongs to
    /// what it was published for, and its version only grows. Nil if nothing stands in the way.
    fileprivate func unallowed(_ goal: Goal, _ wanted: WantedItem) -> RefuseAction? {
        guard let former = latestBuild ?? builds.last(where: { yanked($0.buildNumber) == nil }),
            former.buildNumber != goal.buildNumber
        else { return nil }
        func refuse(_ reason: String, _ option: String) -> RefuseAction {
            RefuseAction(item: item, reason: reason, allowedBy: option)
        }
        if let was = builds.last?.rootPackage, let now = wanted.requires.first?.package, was != now {
            guard !wanted.allowances.otherPackages else { return nil }
            return refuse(
                "the layer was published for \(was), and is asked for with \(now) now: give it another name, or pass "
                    + "--allow-other-package", "--allow-other-package")
        }
        if !wanted.allowances.lowerVersions, let was = PackageVersion(former.version),
            let now = PackageVersion(goal.version), now < was
        {
            return refuse(
                "its version would go down from \(former.version) to \(goal.version): pass --allow-lower if that is meant",
                "--allow-lower")
        }
        return nil
    }

    /// The releases that each region lists as latest: one, but for damage.
    var latest: [Region: [Release]] {
        var found: [Region: [Release]] = [:]
        for index in releases.indices where releases[index].status == .latest {
            found[releases[index].id.region, default: []].append(releases[index])
        }
        return found
    }

    /// When a build became the latest: a region that was filled in later does not count.
    func published(_ build: Build) -> Timestamp {
        releases.filter { $0.status == .latest && $0.buildNumber == build.buildNumber }.map(\.published).min()
            ?? build.created
    }
}

extension Build {
    /// The package that the layer was asked for by: that of its first requirement. Nil for an imported build.
    fileprivate var rootPackage: PackageName? {
        requirements.first.flatMap { try? Requirement(parsing: $0).package }
    }
}

extension Release {
    /// Whether it is a build's latest under a name, where an account publishes.
    public func stands(for buildNumber: Int, as name: String, in account: String?) -> Bool {
        status == .latest && self.buildNumber == buildNumber && id.name == name && isIn(account)
    }
}
