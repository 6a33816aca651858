import Model

extension RegistryRepository {
    /// Fetches the branches, and nothing else of the remote.
    /// - Returns: the tip of each; nil for one that the remote does not have. An empty repository has none.
    /// - Throws: `connection`, `timedOut`, `notFound`, `accessDenied`, `credentials`.
    public func fetch(_ branches: [String]) async throws -> [String: ObjectID?] {
        try await fetch(branches, by: Deadline(in: settings.deadline))
    }

    func fetch(_ branches: [String], by deadline: Deadline) async throws -> [String: ObjectID?] {
        do { return try await fetchOnce(branches, by: deadline) } catch {
            let error = cured(error)
            guard (error as? StrataError)?.isCured == true else { throw error }
            return try await fetchOnce(branches, by: deadline)
        }
    }

    private func fetchOnce(_ branches: [String], by deadline: Deadline) async throws -> [String: ObjectID?] {
        let tips: [String: ObjectID]
        switch settings.remote {
        case .local(let path): tips = try LocalRemote(path: path).fetch(branches, into: clone)
        case .ssh, .https:
            guard case .heads(let heads) = try await ask(.fetch(branches), by: deadline) else {
                throw StrataError(.inconsistent, "the git worker's answer does not fit the request")
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

    /// Asks the service that takes pushes for the branches' tips, which a key without write access is not told.
    /// - Returns: as `fetch`; nothing is brought.
    public func writableTips(of branches: [String]) async throws -> [String: ObjectID?] {
        let tips: [String: ObjectID]
        switch settings.remote {
        case .local(let path): tips = try LocalRemote(path: path).writableTips(of: branches)
        case .ssh, .https:
            let event = try await ask(.writableHeads, by: Deadline(in: settings.deadline))
            guard case .heads(let heads) = event else {
                throw StrataError(.inconsistent, "the git worker's answer does not fit the request")
            }
            tips = heads
        }
        return Dictionary(uniqueKeysWithValues: Set(branches).map { ($0, tips[$0]) })
    }

    /// Pushes a commit to a branch that must still be at `tip`.
    /// - Parameters:
    ///   - replacing: whether the commit may stand in the branch's place, rather than follow it.
    ///   - isReadBack: whether the branch is read again on a connection of its own, even if the server says that it
    ///     took the commit.
    /// - Throws: `connection`, `timedOut` or `unavailable`: then the remote may have it or not, and must be asked; `git`
    ///   when the server says no, with its words (a hook, a protected branch).
    public func push(
        _ commit: ObjectID, to branch: String, expecting tip: ObjectID?, replacing: Bool = false,
        isReadBack: Bool = true
    ) async throws -> PushOutcome {
        let deadline = Deadline(in: settings.deadline)
        let source = "refs/strata/push/\(branch)"
        let push = Push(
            source: source, branch: branch, expected: tip, replaces: replacing, isReadBack: isReadBack)
        let reply: PushReply
        do {
            switch settings.remote {
            case .local(let path):
                reply = try LocalRemote(path: path).push(commit, push, from: clone)
                try clone.keep(commit)
            case .ssh, .https:
                try clone.keep(commit)
                try clone.point(source, to: commit)
                guard case .pushed(let answer) = try await ask(.push(push), by: deadline) else {
                    throw StrataError(.inconsistent, "the git worker's answer does not fit the request")
                }
                reply = answer
                try clone.point(source, to: nil)
            }
            return try await outcome(reply, of: commit, push, by: deadline)
        } catch { throw cured(error) }
    }

    private func outcome(
        _ reply: PushReply, of commit: ObjectID, _ push: Push, by deadline: Deadline
    ) async throws -> PushOutcome {
        switch reply {
        case .taken(let now):
            guard now == commit else { return .moved(to: now?.description) }
            try clone.point(Clone.tracking(push.branch), to: commit)
            return .pushed
        case .unread:
            throw StrataError(.connection, "the server accepted \(push.branch), but the branch could not be read back")
        case .moved(let now): return .moved(to: now?.description)
        case .refused(let words):
            // A branch that moved in the middle of the push is refused in words; only the branch itself tells.
            let now = try await fetch([push.branch], by: deadline)[push.branch] ?? nil
            guard now == push.expected else { return .moved(to: now?.description) }
            throw StrataError(
                .git, "the server refused \(push.branch): \(words)",
                hint: ["pull request", "merge request"].contains { words.lowercased().contains($0) }
                    ? "let what it pushes with bypass the rule, or publish by pull request: 'git.via: pull-request'"
                    : "the remote has rules of its own: change them, or the key's rights")
        }
    }

    /// One operation in a worker of its own.
    private func ask(_ operation: WorkerRequest.Operation, by deadline: Deadline) async throws -> WorkerEvent {
        switch settings.remote {
        case .ssh(let address): return try await ask(address, operation, by: deadline)
        case .https(let address): return try await ask(address, operation, by: deadline)
        case .local: throw StrataError(.inconsistent, "a repository in the file system needs no worker")
        }
    }

    /// Asks the API of the repository's host for the open request to merge one branch into another, or opens or renews it.
    /// - Throws: `credentials`, `accessDenied`, `notFound`, `refused`, `throttled`, `unavailable`, `connection`, `timedOut`.
    public func ask(_ request: ForgeRequest) async throws -> MergeRequest? {
        let deadline = Deadline(in: settings.deadline)
        guard case .requested(let answer) = try await ask(request.forge.address, .request(request), by: deadline) else {
            throw StrataError(.inconsistent, "the git worker's answer does not fit the request")
        }
        return answer
    }

    /// The same over HTTPS.
    private func ask(
        _ address: RemoteAddress.HTTPS, _ operation: WorkerRequest.Operation, by deadline: Deadline
    ) async throws -> WorkerEvent {
        guard let access = settings.webAccess else { throw StrataError(.configuration, "no token is configured") }
        let remote = HTTPSRemote(
            address: address, access: access, patience: settings.patience, limit: settings.fetchLimit.bytes)
        let (path, home) = (clone.path, folder.homePath)
        let cancellation = try CancellationSignal()
        return try await withTaskCancellationHandler {
            let secret = try await access.secret()
            return try remote.run(
                operation, clone: path, home: home, secret: secret, by: deadline, cancellation)
        } onCancel: {
            cancellation.cancel()
        }
    }

    /// The same over SSH; a second time with the key from before a rotation, where the server does not
    /// let the new one do it.
    private func ask(
        _ address: RemoteAddress.SSH, _ operation: WorkerRequest.Operation, by deadline: Deadline
    ) async throws -> WorkerEvent {
        guard let access = settings.access else { throw StrataError(.configuration, "no key is configured") }
        let remote = SSHRemote(
            address: address, access: access, patience: settings.patience, limit: settings.fetchLimit.bytes)
        guard let previous = access.previousKey else {
            return try await ask(remote, operation, access.key, by: deadline)
        }
        if usesPreviousKey { return try await ask(remote, operation, previous, by: deadline) }
        do { return try await ask(remote, operation, access.key, by: deadline) } catch let error as StrataError {
            guard error.isAboutTheKey else { throw error }
            let event: WorkerEvent
            // What the new key is refused for is what there is to tell, unless the old one helps.
            do { event = try await ask(remote, operation, previous, by: deadline) } catch { throw error }
            usesPreviousKey = true
            settings.note("the new deploy key is not accepted yet (\(error.message)); the old one still works")
            return event
        }
    }

    /// The key is fetched for this operation alone. Cancelling the task kills the worker.
    private func ask(
        _ remote: SSHRemote, _ operation: WorkerRequest.Operation, _ key: @Sendable () async throws -> SSHKey,
        by deadline: Deadline
    ) async throws -> WorkerEvent {
        let cancellation = try CancellationSignal()
        return try await withTaskCancellationHandler {
            let key = try await key()
            return try remote.run(
                operation, clone: clone.path, home: folder.homePath, key: key, by: deadline, cancellation)
        } onCancel: {
            cancellation.cancel()
        }
    }
}

extension StrataError {
    /// True if another key may help.
    fileprivate var isAboutTheKey: Bool { code == .credentials || code == .accessDenied }
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
