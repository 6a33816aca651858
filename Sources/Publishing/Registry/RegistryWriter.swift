import Model

/// Brings the registry's branches to what the ledger says: `main` first, read back, then the site.
///
/// The ledger remembers, for each branch, which commit shows which revision. While the remote is at that commit, only
/// what changed since is rendered; anything else (a new remote, a foreign commit, a changed fingerprint) renders all,
/// and still writes only the files whose bytes differ.
public struct RegistryWriter: Sendable {
    public let remote: RegistryRemote
    /// Made when it is time to write: what they show includes the account, which needs credentials.
    public let branches: @Sendable () async throws -> [BranchRenderer]

    public init(remote: RegistryRemote, branches: @escaping @Sendable () async throws -> [BranchRenderer]) {
        self.remote = remote
        self.branches = branches
    }

    func bringUpToDate(
        from ledger: any Ledger, _ lease: Lease, _ surroundings: Surroundings, _ book: ReportBook
    ) async throws {
        let branches = try await self.branches()
        surroundings.report(.began(.commit, count: branches.count))
        for branch in branches {
            try await update(branch, from: ledger, lease, surroundings, book)
        }
    }

    private func update(
        _ branch: BranchRenderer, from ledger: any Ledger, _ lease: Lease, _ surroundings: Surroundings,
        _ book: ReportBook
    ) async throws {
        for _ in 0..<5 {
            let tip = try await remote.tips([branch.branch])[branch.branch]
            let shown = try await Shown(ledger.mark(branch.markName))
            let from = shown?.isCurrent(tip, branch) == true ? shown?.revision ?? 0 : 0
            let states = try await ledger.allChanges(since: from)
            if states.isEmpty, from > 0 { return }
            let layers = from == 0 ? states : try await ledger.wholeLayers(of: states)

            let summary = await CommitMessage(book.report)
            let outcome = try await remote.push(
                BranchUpdate(
                    branch: branch.branch, tip: tip, date: surroundings.now(), maySquash: branch.maySquash,
                    changes: { try branch.render(layers, $0) }, message: { summary.text(for: $0) }))
            let commit: String?
            switch outcome {
            case .moved: continue
            case .unchanged: commit = tip
            case .pushed(let pushed, let files, let bytes):
                commit = pushed
                surroundings.report(.committed(branch: branch.branch, commit: pushed, files: files, bytes: bytes))
                await book.write {
                    $0.commits.append(.init(branch: branch.branch, commit: pushed, files: files, bytes: bytes))
                }
            }
            if let commit {
                if branch.announces {
                    try await ledger.announceEnds(in: states, at: surroundings.now(), lease: lease)
                }
                let now = Shown(
                    commit: commit, revision: states.map(\.revision).max() ?? from, fingerprint: branch.fingerprint)
                try await ledger.setMark(branch.markName, now.text, lease: lease)
            }
            return
        }
        throw StrataError(
            .git, "the branch '\(branch.branch)' moved five times while it was being written",
            hint: "somebody else writes to the registry; run again when they are done")
    }
}

extension BranchRenderer {
    var markName: String { "shown:\(branch)" }
}

extension Ledger {
    /// Records that readers can now see when these items' releases will end.
    fileprivate func announceEnds(in states: [ItemState], at now: Timestamp, lease: Lease) async throws {
        let events = states.flatMap(\.releases).compactMap { release -> Event? in
            guard release.status == .deprecated, release.expires != nil, release.announced == nil else { return nil }
            var announced = release
            announced.announced = now
            return .released(announced)
        }
        try await recordAll(events, lease: lease)
    }

    /// Every item that changed after a revision, page by page.
    func allChanges(since revision: Int) async throws -> [ItemState] {
        var states: [ItemState] = []
        var last = revision
        while true {
            let page = try await changes(since: last, limit: 1000)
            states += page
            guard page.count >= 1000, let next = page.last?.revision else { return states }
            last = next
        }
    }
}

extension Ledger {
    /// The states of every item of the layers that some items belong to: files are rendered by layer.
    func wholeLayers(of changed: [ItemState]) async throws -> [ItemState] {
        var items: [Item] = []
        for layer in Set(changed.map(\.item.layer)).sorted() {
            items += try await self.items(of: layer)
        }
        return try await states(of: items)
    }
}

/// Which commit of a branch shows which revision of the ledger.
struct Shown {
    let commit: String
    let revision: Int
    let fingerprint: String

    init(commit: String, revision: Int, fingerprint: String) {
        self.commit = commit
        self.revision = revision
        self.fingerprint = fingerprint
    }

    /// An unreadable mark counts as none: everything is rendered and compared.
    init?(_ text: String?) {
        let parts = text?.split(separator: " ") ?? []
        guard parts.count == 3, let revision = Int(parts[1]) else { return nil }
        self.init(commit: String(parts[0]), revision: revision, fingerprint: String(parts[2]))
    }

    var text: String { "\(commit) \(revision) \(fingerprint)" }

    func isCurrent(_ tip: String?, _ branch: BranchRenderer) -> Bool {
        tip == commit && fingerprint == branch.fingerprint
    }
}
