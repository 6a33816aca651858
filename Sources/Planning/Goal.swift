import Model

/// The build that should be the latest everywhere, and why it is that one.
struct Goal {
    let buildNumber: Int
    let version: String
    let contents: ContentsKey?
    let recipe: Int
    let isNew: Bool
    let reason: PublishAction.Reason

    /// The build that is the latest now, kept.
    init(keeping build: Build) {
        buildNumber = build.buildNumber
        version = build.version
        contents = build.artifact?.contents
        recipe = build.artifact?.recipe ?? Recipe.current
        isNew = false
        reason = .backfill
    }

    /// A former build that should be the latest again.
    init(rollingBackTo build: Build) {
        buildNumber = build.buildNumber
        version = build.version
        contents = build.artifact?.contents
        recipe = build.artifact?.recipe ?? Recipe.current
        isNew = false
        reason = .rollback
    }

    /// The build that a lock asks for: a known one, or the next.
    init(_ lock: Lock, of wanted: WantedItem, state: ItemState) {
        let key = ContentsKey(lock, wanted.options)
        contents = key
        version = wanted.version(in: lock)
        let current = state.latestBuild
        if let known = state.buildNumber(of: key), let build = state.build(known) {
            buildNumber = known
            recipe = build.artifact?.recipe ?? Recipe.current
            isNew = false
            reason = current == nil ? .first : known < (current?.buildNumber ?? 0) ? .rollback : .update
        } else {
            buildNumber = (state.builds.last?.buildNumber ?? 0) + 1
            recipe = Recipe.current
            isNew = true
            reason =
                current.map { wanted.changesOnlyDependencies(of: $0, to: lock) ? .dependencies : .update } ?? .first
        }
    }
}

extension WantedItem {
    /// The version that people call the layer by.
    public func version(in lock: Lock) -> String {
        lock.version(for: requires, files: options.files)
    }

    /// True if a lock differs from a build in nothing that the maintainer asked for by name. What a file locks is all asked
    /// for.
    func changesOnlyDependencies(of build: Build, to lock: Lock) -> Bool {
        guard let artifact = build.artifact, artifact.options == options,
            build.requirements == requires.map(\.description)
        else { return false }
        return requires.allSatisfy {
            artifact.lock.wheel(of: $0.package)?.version == lock.wheel(of: $0.package)?.version
        }
    }
}

extension Lock {
    /// What changed from another lock, for people: `urllib3 2.2.1 → 2.2.2, idna added`.
    public func changes(from old: Lock) -> String {
        let names = Set(wheels.map(\.package)).union(old.wheels.map(\.package)).sorted()
        let changes = names.compactMap { name -> String? in
            switch (old.wheel(of: name), wheel(of: name)) {
            case (let before?, let after?) where before.version != after.version:
                "\(name) \(before.version) → \(after.version)"
            case (let before?, let after?) where before.sha256 != after.sha256:
                "\(name) \(after.version) (another wheel)"
            case (nil, let after?): "\(name) \(after.version) added"
            case (let before?, nil): "\(name) \(before.version) removed"
            default: nil
            }
        }
        return changes.isEmpty ? "options" : changes.joined(separator: ", ")
    }
}
