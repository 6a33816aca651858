import Model

extension RegistryRepository {
    /// Brings a branch to what the recipe says: fetch, draft, commit, push, read back.
    ///
    /// - When somebody else pushed meanwhile, the recipe is followed again on their commit.
    /// - When the answer to a push was lost, the branch is looked up before anything is repeated, so that no commit is
    ///   lost or doubled.
    /// - A branch is replaced only where its history is squashed, and only if it still is where it was read.
    /// - Throws: `git` when the server refuses (with its words) or the branch never stands still, `timedOut`,
    ///   `connection`, and what the recipe throws.
    public func publish(_ publication: Publication) async throws -> PublishOutcome {
        let deadline = Deadline(in: settings.deadline)
        var progress = Progress()
        while true {
            try Task.checkCancellation()
            do {
                if let outcome = try await attempt(publication, &progress, by: deadline) { return outcome }
            } catch let error as StrataError {
                try await recover(from: error, publication, &progress, by: deadline)
            }
        }
    }

    /// What is remembered from one attempt to the next.
    struct Progress {
        var attempts = 0
        var failures = 0
        /// Why the last push came to nothing, unless the branch had moved.
        var lastFailure: StrataError?
        /// The commit whose push was not answered, with the tip that it was for.
        var unanswered: (commit: ObjectID, previous: ObjectID?, squashed: Bool, changed: [String])?
        /// Where the branch was when a push found it moved, and what we were about to change.
        var lost: (previous: ObjectID?, changed: [String])?
        var overwritten: Set<String> = []
        var clonesReplaced = 0
    }

    /// - Returns: nil when the branch had moved.
    private func attempt(
        _ publication: Publication, _ progress: inout Progress, by deadline: Deadline
    ) async throws -> PublishOutcome? {
        let tip = try await fetch([publication.branch], by: deadline)[publication.branch] ?? nil
        if let open = progress.unanswered, let tip, try clone.isAncestor(open.commit, of: tip) {
            return done(open.commit, after: open.previous, squashed: open.squashed, progress)
        }
        guard progress.attempts < max(1, publication.attempts) else {
            throw progress.lastFailure
                ?? StrataError(
                    .git, "\(publication.branch) moved \(progress.attempts) times while it was being published",
                    hint: "somebody else is pushing to it; run again")
        }
        progress.unanswered = nil
        progress.lastFailure = nil
        progress.attempts += 1
        let snapshot = try Snapshot(of: tip, in: clone)
        let draft = try publication.draft(snapshot)
        let changed = draft.changes.map(\.path)
        if let lost = progress.lost, let previous = lost.previous, clone.holds(previous) {
            let foreign = Set(try snapshot.changedPaths(since: previous))
            progress.overwritten.formUnion(foreign.intersection(changed))
        }
        var request = CommitRequest(
            parent: tip, message: draft.message, trailers: draft.trailers, author: publication.author,
            date: publication.date, changes: draft.changes)
        var squashed = false
        if case .squash(let budget) = publication.history, let tip {
            squashed = try clone.depth(of: tip, limit: max(1, budget)) >= max(1, budget)
            if squashed { request.parent = nil }
        }
        guard let commit = try await commit(request) else { return .unchanged(tip: tip) }
        progress.unanswered = (commit, tip, squashed, changed)
        // Some of the time is kept back, to look what became of a push that was not answered.
        let reserve = min(deadline.remaining / 4, .seconds(15))
        var outcome = try await push(
            commit, to: publication.branch, expecting: tip, replacing: squashed,
            by: deadline.within(deadline.remaining - reserve))
        if case .refused = outcome {
            // A branch that moved in the middle of the push is refused in words; only the branch itself tells.
            let now = try await fetch([publication.branch], by: deadline)[publication.branch] ?? nil
            if now != tip { outcome = .moved(to: now) }
        }
        switch outcome {
        case .pushed: return done(commit, after: tip, squashed: squashed, progress)
        case .moved(let now):
            if let now, clone.holds(now), try clone.isAncestor(commit, of: now) {
                return done(commit, after: tip, squashed: squashed, progress)
            }
            progress.lost = (tip, changed)
            settings.note("\(publication.branch) moved to \(now?.short ?? "another commit"): publishing on top of it")
            return nil
        case .refused(let words):
            throw StrataError(
                .git, "the server refused \(publication.branch): \(words)",
                hint: "the remote's own rules stand above this tool; change them, or the key's rights")
        }
    }

    private func done(
        _ commit: ObjectID, after previous: ObjectID?, squashed: Bool, _ progress: Progress
    ) -> PublishOutcome {
        .pushed(
            PushedCommit(
                commit: commit, previous: previous, squashed: squashed, attempts: progress.attempts,
                overwritten: progress.overwritten.sorted()))
    }

    /// Returns when it is worth another attempt, which begins by looking at what the remote has.
    private func recover(
        from error: StrataError, _ publication: Publication, _ progress: inout Progress, by deadline: Deadline
    ) async throws {
        switch error.code {
        case .inconsistent where error.cause is StrataError && progress.clonesReplaced == 0:
            progress.clonesReplaced += 1
            progress.attempts = max(0, progress.attempts - 1)
            progress.unanswered = nil
            try replaceClone(because: error)
        case .connection, .timedOut, .unavailable:
            // An error that was looked into already.
            if progress.lastFailure != nil, progress.attempts >= publication.attempts { throw error }
            progress.failures += 1
            progress.lastFailure = error
            let pause = min(Duration.milliseconds(250) * (1 << min(progress.failures, 5)), .seconds(5))
            // Even the last attempt is followed by a look at what became of it.
            guard progress.failures < max(2, publication.attempts), deadline.remaining > pause else { throw error }
            settings.note("\(error.message); looking at the remote again")
            try await Task.sleep(for: pause)
        default: throw error
        }
    }
}
