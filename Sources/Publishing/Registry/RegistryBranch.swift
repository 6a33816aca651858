import Model
import Site

/// What a branch of the registry holds, as a pure function of the ledger's states.
public struct BranchRenderer: Sendable {
    public let branch: String
    /// How many commits the branch may have before its history is cut; nil if it never is.
    public let historyBudget: Int?
    /// True for the branch whose files promise consumers how long a release stays.
    public let announces: Bool
    /// Digest of everything that the files depend on besides the items: when it changes, all is rendered again.
    public let fingerprint: String
    /// Makes the changes for some layers, each with all of its items. Complete is true when these are all there are:
    /// then nothing that the files hold already has to be understood.
    public let render: Render

    /// The files that never change once they are written and still say something else than the states: `render` refuses to
    /// go on from them.
    public let lyingFiles: LyingFiles

    public typealias LyingFiles =
        @Sendable (_ states: [ItemState], _ existing: (String) throws -> [UInt8]?) throws -> [String]

    /// The releases that the branch lists of a layer already; nil for a branch that does not tell. What it does not list yet
    /// is news, whichever run published it: so a commit also tells what an earlier run could not push.
    public let listed: Listed?

    public typealias Listed =
        @Sendable (_ layer: LayerName, _ existing: @escaping (String) throws -> [UInt8]?) throws -> [Release]

    /// The branch's own file with what it says of the registry as a whole, made of what it is without; nil for a branch that
    /// does not tell.
    public let stamped: Stamped?

    public typealias Stamped = @Sendable (_ stamp: RegistryStamp, _ file: [UInt8]?) throws -> FileChange

    public typealias Render =
        @Sendable (_ states: [ItemState], _ isComplete: Bool, _ existing: (String) throws -> [UInt8]?) throws ->
        [FileChange]

    /// Files that the branch holds besides, by path. They are asked for when there is a commit to make, or when
    /// everything is compared: what they need, such as a key, is not fetched for nothing.
    public let companions: Companions

    public typealias Companions = @Sendable () async throws -> [String: [UInt8]]

    /// Signs what the branch holds; nil for a branch that is not signed.
    public let seal: Seal?

    /// Where the files are kept instead of in a branch of the registry's repository; nil for a branch. A place that cannot
    /// be reached holds up nothing else.
    public let place: PlaceRemote?

    public init(
        branch: String, historyBudget: Int? = nil, announces: Bool, fingerprint: String,
        lyingFiles: @escaping LyingFiles = { _, _ in [] }, listed: Listed? = nil,
        stamped: Stamped? = nil,
        companions: @escaping Companions = { [:] }, seal: Seal? = nil, place: PlaceRemote? = nil,
        render: @escaping Render
    ) {
        self.branch = branch
        self.historyBudget = historyBudget
        self.announces = announces
        self.fingerprint = fingerprint
        self.lyingFiles = lyingFiles
        self.listed = listed
        self.stamped = stamped
        self.companions = companions
        self.seal = seal
        self.place = place
        self.render = render
    }

    /// What a snapshot lists of some layers. A file that cannot be read lists nothing: it is for the rendering to complain.
    private func listed(of layers: [ItemState], on snapshot: any RegistrySnapshot) async throws -> [Release] {
        guard let listed else { return [] }
        return try await snapshot.withFiles { files in
            Set(layers.map(\.item.layer)).flatMap { layer in (try? listed(layer) { try files.file($0) }) ?? [] }
        }
    }

    /// What readers were told of some layers' releases, by ARN.
    func told(of layers: [ItemState], on snapshot: any RegistrySnapshot) async throws -> [String: Release] {
        let listed = try await listed(of: layers, on: snapshot).map { ($0.arn, $0) }
        return Dictionary(listed) { ($0.expires ?? $0.published) < ($1.expires ?? $1.published) ? $1 : $0 }
    }

    /// The releases of some layers that a snapshot does not list yet, but for imported ones.
    func news(in layers: [ItemState], since snapshot: any RegistrySnapshot) async throws -> [RunReport.Published] {
        guard listed != nil else { return [] }
        let known = Set(try await listed(of: layers, on: snapshot).map(\.id))
        return layers.flatMap { state in
            state.releases.filter { $0.status.isListed && !$0.isExternal && !known.contains($0.id) }.map { release in
                .init(
                    item: state.item, region: release.id.region,
                    version: state.builds.first { $0.buildNumber == release.buildNumber }?.version ?? "",
                    buildNumber: release.buildNumber, number: release.id.number)
            }
        }
    }

    /// The changes that bring a snapshot in step with some layers.
    func changes(
        for layers: [ItemState], isComplete: Bool, reading snapshot: any RegistrySnapshot
    ) async throws -> [FileChange] {
        if isComplete, let snapshot = snapshot as? any WholeSnapshot {
            return try await snapshot.changes(to: snapshot.withFiles { _ in try render(layers, true) { _ in nil } })
        }
        let changes = try await snapshot.withFiles { files in
            try render(layers, isComplete) { try files.file($0) }
        }
        guard isComplete || !changes.isEmpty else { return [] }
        return changes + (try await staleCompanions(in: snapshot))
    }

    /// The companions that a snapshot lacks, or has otherwise.
    func staleCompanions(in snapshot: any RegistrySnapshot) async throws -> [FileChange] {
        let companions = try await companions().sorted { $0.key < $1.key }
        return try await snapshot.withFiles { files in
            try companions.filter { try files.file($0.key) != $0.value }
                .map { FileChange(path: $0.key, content: .write($0.value)) }
        }
    }
}
