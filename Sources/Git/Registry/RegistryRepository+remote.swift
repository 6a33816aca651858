import Model

extension RegistryRepository {
    /// Fetches the branches, and nothing else of the remote.
    /// - Returns: the tip of each; nil for one that the remote does not have. An empty repository has none.
    /// - Throws: `connection`, `timedOut`, `notFound`, `accessDenied`, `credentials`.
    public func fetch(_ branches: [String]) async throws -> [String: ObjectID?] {
        try await fetch(branches, by: Deadline(in: settings.deadline))
    }

    func fetch(_ branches: [String], by deadline: Deadline) async throws -> [String: ObjectID?] {
        do {
            return try await fetchOnce(branches, by: deadline)
        } catch let error as StrataError where error.code == .inconsistent {
            try replaceClone(because: error)
            return try await fetchOnce(branches, by: deadline)
        }
    }

    private func fetchOnce(_ branches: [String], by deadline: Deadline) async throws -> [String: ObjectID?] {
        let tips =
            switch settings.remote {
            case .local(let path): try LocalRemote(path: path).fetch(branches, into: clone)
            case .ssh: throw StrataError(.unsupported, "SSH is not wired yet")
            }
        var answer: [String: ObjectID?] = [:]
        for branch in branches {
            try clone.point(Clone.tracking(branch), to: tips[branch])
            answer.updateValue(tips[branch], forKey: branch)
        }
        return answer
    }

    /// Pushes a commit to a branch that must still be at `tip`, and reads the branch back.
    /// - Parameter replacing: whether the commit may stand in the branch's place, rather than follow it.
    /// - Throws: `connection` or `timedOut`: then the remote may have it or not, and must be asked.
    public func push(
        _ commit: ObjectID, to branch: String, expecting tip: ObjectID?, replacing: Bool = false
    ) async throws -> PushOutcome {
        try await push(commit, to: branch, expecting: tip, replacing: replacing, by: Deadline(in: settings.deadline))
    }

    func push(
        _ commit: ObjectID, to branch: String, expecting tip: ObjectID?, replacing: Bool, by deadline: Deadline
    ) async throws -> PushOutcome {
        let source = "refs/strata/push/\(branch)"
        let push = Push(source: source, branch: branch, expected: tip, replaces: replacing)
        let reply: PushReply
        switch settings.remote {
        case .local(let path):
            reply = try LocalRemote(path: path).push(commit, push, from: clone)
            try clone.keep(commit)
        case .ssh: throw StrataError(.unsupported, "SSH is not wired yet")
        }
        switch reply {
        case .accepted:
            let now = try await fetch([branch], by: deadline)[branch] ?? nil
            return now == commit ? .pushed : .moved(to: now)
        case .moved(let now): return .moved(to: now)
        case .refused(let words): return .refused(words)
        }
    }

    /// Throws the damaged clone away. What is only in memory goes with it: the recipe makes it again.
    func replaceClone(because error: StrataError) throws {
        settings.note("the cached clone is made again: \(error.message)")
        clone = try folder.recreate(for: settings.remote)
    }
}

/// A moment by which something must have ended.
struct Deadline: Sendable {
    let moment: ContinuousClock.Instant

    init(in span: Duration) { moment = .now + span }
    private init(at moment: ContinuousClock.Instant) { self.moment = moment }

    var remaining: Duration { moment - .now }
    var hasPassed: Bool { remaining <= .zero }
    /// The earlier of this and `span` from now.
    func within(_ span: Duration) -> Deadline { Deadline(at: min(moment, .now + span)) }
}
