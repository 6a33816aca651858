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
        let tips: [String: ObjectID]
        switch settings.remote {
        case .local(let path): tips = try LocalRemote(path: path).fetch(branches, into: clone)
        case .ssh(let address):
            guard case .heads(let heads) = try await ask(address, .fetch(branches), by: deadline) else {
                throw StrataError(.inconsistent, "the git worker answered something else")
            }
            tips = heads
        }
        var answer: [String: ObjectID?] = [:]
        for branch in branches {
            if let tip = tips[branch] { _ = try clone.treeID(of: tip) }
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
        switch settings.remote {
        case .local(let path):
            let reply = try LocalRemote(path: path).push(commit, push, from: clone)
            try clone.keep(commit)
            if let outcome = PushOutcome(reply) { return outcome }
            let now = try await fetch([branch], by: deadline)[branch] ?? nil
            return now == commit ? .pushed : .moved(to: now)
        case .ssh(let address):
            try clone.keep(commit)
            try clone.point(source, to: commit)
            guard case .pushed(let reply, let now, let read) = try await ask(address, .push(push), by: deadline) else {
                throw StrataError(.inconsistent, "the git worker answered something else")
            }
            try clone.point(source, to: nil)
            if let outcome = PushOutcome(reply) { return outcome }
            guard read else {
                throw StrataError(.connection, "the server took \(branch), but could not be read back")
            }
            if now == commit { try clone.point(Clone.tracking(branch), to: commit) }
            return now == commit ? .pushed : .moved(to: now)
        }
    }

    /// One operation in a worker of its own, with the key fetched for it. Cancelling the task kills the worker.
    private func ask(
        _ address: RemoteAddress.SSH, _ operation: WorkerRequest.Operation, by deadline: Deadline
    ) async throws -> WorkerEvent {
        guard let access = settings.access else { throw StrataError(.configuration, "no key is configured") }
        let remote = SSHRemote(address: address, access: access, patience: settings.patience)
        let cancellation = try CancellationSignal()
        return try await withTaskCancellationHandler {
            let key = try await access.key()
            return try remote.run(
                operation, clone: clone.path, home: folder.homePath, key: key, by: deadline, cancellation)
        } onCancel: {
            cancellation.cancel()
        }
    }

    /// Throws the damaged clone away. What is only in memory goes with it: the recipe makes it again.
    func replaceClone(because error: StrataError) throws {
        settings.note("the cached clone is made again: \(error.message)")
        clone = try folder.recreate(for: settings.remote)
    }
}

extension PushOutcome {
    /// The answers that need no reading back.
    fileprivate init?(_ reply: PushReply) {
        switch reply {
        case .accepted: return nil
        case .moved(let now): self = .moved(to: now)
        case .refused(let words): self = .refused(words)
        }
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
