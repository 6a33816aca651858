import FoundationEssentials
import Model

/// Where the main branch's changes wait, as one commit on another branch, until people merge them.
public struct Proposing: Sendable {
    /// The branch that is pushed to instead.
    public let branch: String
    public let requests: MergeRequests

    public init(branch: String, requests: MergeRequests) {
        self.branch = branch
        self.requests = requests
    }
}

/// What a ledger knows of the commit that it last proposed.
public struct ProposalMark: Sendable, Codable {
    static let checkpoint = "proposed"

    let commit: String
    /// What has the commit's files has all that it proposes, however it was merged.
    let tree: String?
    /// The main branch's tip that it was made on.
    let base: String?
    let revision: Int
    let fingerprint: String
    /// The request that waits, as far as it is known; nil once its changes are on the main branch.
    var request: MergeRequest?

    /// An unreadable mark counts as none: the proposal is made anew.
    init?(_ text: String?) {
        guard let text, let mark = try? JSONDecoder().decode(Self.self, from: Data(text.utf8)) else { return nil }
        self = mark
    }

    init(_ commit: RegistryCommit, on base: String?, revision: Int, fingerprint: String) {
        (self.commit, tree) = (commit.id, commit.tree)
        (self.base, self.revision, self.fingerprint) = (base, revision, fingerprint)
    }

    /// - Throws: `inconsistent`, which cannot be.
    func record(_ session: Session) async throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let text = String(decoding: try encoder.encode(self), as: UTF8.self)
        try await session.ledger.setCheckpoint(Self.checkpoint, text, lease: session.lease)
    }

    /// The request that waits for people, as the last run left it.
    public static func waiting(by ledger: any Ledger) async throws -> MergeRequest? {
        try await ProposalMark(ledger.checkpoint(checkpoint))?.request
    }
}

/// The main branch as readers see it, beside the branch that holds what is proposed for it.
struct ProposalSnapshot: RegistrySnapshot {
    let main: any RegistrySnapshot
    let proposal: any RegistrySnapshot

    init?(_ main: (any RegistrySnapshot)?, on proposal: (any RegistrySnapshot)?) {
        guard let main, let proposal else { return nil }
        (self.main, self.proposal) = (main, proposal)
    }

    var branch: String { main.branch }
    var tip: String? { main.tip }
    var expected: String? { proposal.tip }

    func withFiles<Value: Sendable>(
        _ body: @Sendable (any RegistryFiles) throws -> Value
    ) async throws -> Value {
        try await main.withFiles(body)
    }

    func includes(_ commit: RegistryCommit) async throws -> Bool { try await proposal.includes(commit) }
    func tree() async throws -> String? { try await main.tree() }
}

/// A remote whose main branch is read as it is; what is drafted on it is pushed to another branch, in the place of what was
/// there.
struct ProposalRemote: RegistryRemote {
    let remote: any RegistryRemote
    let main: String
    let branch: String

    var deadline: Duration { remote.deadline }

    func fetch(branches: [String]) async throws -> [String: any RegistrySnapshot] {
        let found = try await remote.fetch(branches: [main, branch])
        guard let snapshot = ProposalSnapshot(found[main], on: found[branch]) else {
            throw StrataError(.inconsistent, "the fetch of '\(main)' and '\(branch)' brought nothing")
        }
        return [main: snapshot]
    }

    func commit(_ draft: RegistryDraft, on snapshot: any RegistrySnapshot) async throws -> RegistryCommit? {
        try await remote.commit(draft, on: snapshot).map { commit in
            RegistryCommit(
                id: commit.id, branch: branch, replaces: true, isReadBack: commit.isReadBack, tree: commit.tree)
        }
    }

    func push(_ commit: RegistryCommit, expecting tip: String?) async throws -> PushOutcome {
        try await remote.push(commit, expecting: tip)
    }
}

/// What a request says to those who decide on it: made of a commit's message.
struct ProposalText {
    let title: String
    let body: String

    /// All that strangers may have written a part of stands in a block of code, in which hosts see no names, links, images
    /// or commands.
    init(_ message: String, from branch: String, into main: String) {
        let lines = message.split(separator: "\n", omittingEmptySubsequences: false).map { String($0).printable(500) }
        title = String((lines.first ?? "").filter { !"`@#<>[]|*_~&".contains($0) }.prefix(200))
        var (longest, ticks) = (2, 0)
        for character in lines.joined(separator: "\n") {
            ticks = character == "`" ? ticks + 1 : 0
            longest = max(longest, ticks)
        }
        let fence = String(repeating: "`", count: longest + 1)
        let text = ([fence + "text"] + lines.dropLast(lines.last == "" ? 1 : 0) + [fence]).joined(separator: "\n")
        body = """
            \(text)

            These layers are published already. They are listed on `\(main)`, and the ends that this tells hold, from the \
            moment that it is merged, in whatever way. Strata renews this request while it is open, and merges nothing itself. \
            It makes the commit on `\(branch)` anew, so others' commits do not belong there: it stops when it finds some. \
            Closed unmerged, the request is opened again by the next run.
            """
    }
}
