import Model
import Site
import Synchronization
import Tasks

/// A site's place, kept as a branch is: a state of its files has a name, and is changed by drafting on it and pushing.
///
/// Readers see each file at once, so files are put in `ServingOrder`, and removed last. Before a file is touched, the
/// place's record tells of it. A push that died leaves the place without a tip: then the next draft is of all files, and
/// only those are put that are not known to be there.
public final class PlaceRemote: RegistryRemote {
    /// As people know it, and as its one branch is called: `s3://bucket/prefix`, `/srv/www/layers`.
    public let name: String
    public let deadline: Duration
    private let owner: String
    private let form: String
    private let open: @Sendable () async throws -> any SitePlace
    private let drafts = Mutex<[String: Draft]>([:])

    /// - Parameters:
    ///   - owner: whose site it is. A place that holds somebody else's is refused.
    ///   - form: how files are kept besides their bytes; another form has all of them put anew.
    ///   - open: made when it is needed, since it may need credentials.
    public init(
        _ name: String, owner: String, form: String, deadline: Duration,
        open: @escaping @Sendable () async throws -> any SitePlace
    ) {
        self.name = name
        self.owner = owner
        self.form = form
        self.deadline = deadline
        self.open = open
    }

    /// Files of one change: a push that dies has to put so many again at most.
    private static let pieceSize = 1000
    /// Changes since the list was written.
    private static let mostChanges = 100
    private static let atOnce = 16

    fileprivate struct Draft {
        let changes: [FileChange]
        /// The marks of all files there are then, if they are known.
        let whole: [String: String]?
    }

    public func fetch(branches: [String]) async throws -> [String: any RegistrySnapshot] {
        let place = try await open()
        let found = try await read(place)
        let snapshot = PlaceSnapshot(branch: name, place: place, form: form, found?.record, begun: found?.begun)
        return Dictionary(uniqueKeysWithValues: branches.map { ($0, snapshot) })
    }

    /// - Throws: `refused` for a place that holds the site of another registry.
    private func read(_ place: any SitePlace) async throws -> (record: PlaceRecord, begun: PlaceRecord.Marks?)? {
        guard let found = try await PlaceRecord.read(place) else { return nil }
        guard found.record.owner == owner else {
            throw StrataError(
                .refused, "\(name) holds the site of another registry",
                hint: "name another place in 'site.to', or remove '\(PlaceRecord.path)' there if this one takes it over"
            )
        }
        return found
    }

    public func commit(_ draft: RegistryDraft, on snapshot: any RegistrySnapshot) async throws -> RegistryCommit? {
        guard let snapshot = snapshot as? PlaceSnapshot else {
            throw StrataError(.inconsistent, "this is not a snapshot of \(name)")
        }
        // Nothing may be left to put, and yet nobody has said that all is there.
        guard !draft.changes.isEmpty || snapshot.isUnfinished else { return nil }
        var marks = [snapshot.tip ?? "", String(snapshot.record?.changes ?? 0)]
        for change in draft.changes {
            if case .write(let bytes) = change.content { marks.append(ContentDigest.of(bytes).hex) }
            marks.append(change.path)
        }
        let id = String(ContentDigest.of(marks.joined(separator: "\n")).hex.prefix(40))
        drafts.withLock { $0[id] = Draft(changes: draft.changes, whole: snapshot.whole) }
        return RegistryCommit(id: id, branch: name, isReadBack: false)
    }

    public func push(_ commit: RegistryCommit, expecting tip: String?) async throws -> PushOutcome {
        guard let draft = drafts.withLock({ $0.removeValue(forKey: commit.id) }) else {
            throw StrataError(.inconsistent, "there is no draft \(commit.id) for \(name)")
        }
        let place = try await open()
        let found = try await read(place)
        let known = found?.begun == nil ? found?.record.tip : nil
        guard known == tip else { return .moved(to: known) }
        var record = found?.record ?? PlaceRecord(owner: owner)
        record.tip = nil
        for path in record.stale { try await place.delete(path) }
        record.stale = []
        if found == nil { try await record.write(to: place) }
        if let begun = found?.begun {
            // What the change that died may have done stays unknown until it is done again.
            record.changes += 1
            try await place.write(
                PlaceRecord.encode(begun.mapValues { _ in "" }), to: PlaceRecord.path(ofChange: record.changes))
            try await record.write(to: place)
        }
        let pieces = draft.pieces(of: Self.pieceSize)
        for piece in pieces {
            try await put(piece, after: record.changes, in: place)
            record.changes += 1
            // The last one's is written below, once all is done.
            if piece.last?.path != pieces.last?.last?.path { try await record.write(to: place) }
        }
        try await place.refresh(tip == nil ? nil : draft.changes.map(\.path), as: commit.id)
        if draft.whole != nil || record.changes - record.list > Self.mostChanges {
            let files: [String: String]
            if let whole = draft.whole { files = whole } else { files = try await record.files(place, begun: nil) }
            try await record.write(list: files, to: place)
        }
        record.tip = commit.id
        try await record.write(to: place)
        for path in record.stale { try await place.delete(path) }
        return .pushed
    }

    /// Carries one change out.
    private func put(_ changes: [FileChange], after number: Int, in place: any SitePlace) async throws {
        var marks: PlaceRecord.Marks = [:]
        for change in changes {
            if case .write(let bytes) = change.content {
                marks[change.path] = .some(PlaceRecord.mark(bytes, form))
            } else {
                marks[change.path] = .some(nil)
            }
        }
        try await place.write(PlaceRecord.encode(marks), to: PlaceRecord.path(ofChange: number + 1))
        for order in ServingOrder.allCases {
            try await changes.filter { ServingOrder(of: $0.path) == order && $0.content != .delete }
                .forEachBounded(limit: Self.atOnce) { change in
                    if case .write(let bytes) = change.content { try await place.write(bytes, to: change.path) }
                }
        }
        try await changes.filter { $0.content == .delete }
            .forEachBounded(limit: Self.atOnce) { try await place.delete($0.path) }
    }
}

extension PlaceRemote.Draft {
    /// In the order in which they are carried out, some at a time.
    fileprivate func pieces(of size: Int) -> [[FileChange]] {
        let ordered = changes.sorted { one, other in
            let isRemoval = (one.content == .delete, other.content == .delete)
            if isRemoval.0 != isRemoval.1 { return isRemoval.1 }
            return (ServingOrder(of: one.path), one.path) < (ServingOrder(of: other.path), other.path)
        }
        return stride(from: 0, to: ordered.count, by: size).map { start in
            Array(ordered[start..<min(start + size, ordered.count)])
        }
    }
}

/// A place as it was found.
final class PlaceSnapshot: WholeSnapshot {
    let branch: String
    /// The state; nil if there is none, or if the place is on its way to one.
    let tip: String?
    let record: PlaceRecord?
    private let place: any SitePlace
    private let form: String
    private let begun: PlaceRecord.Marks?
    private let marks = Mutex<[String: String]?>(nil)

    init(
        branch: String, place: any SitePlace, form: String, _ record: PlaceRecord?, begun: PlaceRecord.Marks?
    ) {
        self.branch = branch
        self.place = place
        self.form = form
        self.record = record
        self.begun = begun
        tip = begun == nil ? record?.tip : nil
    }

    /// Whether a push began and did not end.
    var isUnfinished: Bool { record != nil && tip == nil }

    /// The marks of all files of the whole that was compared, if one was.
    var whole: [String: String]? { marks.withLock { $0 } }

    func changes(to files: [FileChange]) async throws -> [FileChange] {
        var old = try await record?.files(place, begun: begun) ?? [:]
        var new: [String: String] = [:]
        var changes: [FileChange] = []
        for file in files {
            guard case .write(let bytes) = file.content else { continue }
            let mark = PlaceRecord.mark(bytes, form)
            new[file.path] = mark
            if old.removeValue(forKey: file.path) != mark { changes.append(file) }
        }
        marks.withLock { $0 = new }
        return changes + old.keys.sorted().map { FileChange(path: $0, content: .delete) }
    }

    func withFiles<Value: Sendable>(
        _ body: @Sendable (any RegistryFiles) throws -> Value
    ) async throws -> Value {
        let exists = tip != nil
        return try await withoutActuallyEscaping(body) { body in
            let work = Lent(body)
            return try await place.withFiles { read in
                try withoutActuallyEscaping(read) { read in
                    try work.take()(PlaceFiles(read: exists ? read : { _ in nil }))
                }
            }
        }
    }

    func includes(_ commit: RegistryCommit) async throws -> Bool { tip == commit.id }
}

/// A closure that may not escape, handed to another thread, which still holds what it was given when the work is long done.
private final class Lent<Closure: Sendable>: Sendable {
    private let closure: Mutex<Closure?>

    init(_ closure: Closure) { self.closure = Mutex(closure) }

    /// Gives the closure away: nothing is held of it any more.
    func take() throws -> Closure {
        let taken = closure.withLock { closure in
            defer { closure = nil }
            return closure
        }
        guard let taken else { throw StrataError(.inconsistent, "a piece of work on a site's place was begun twice") }
        return taken
    }
}

private struct PlaceFiles: RegistryFiles {
    let read: (String) throws -> [UInt8]?

    func file(_ path: String) throws -> [UInt8]? { try read(path) }

    /// Nothing asks a site for what it lists, or for its history.
    func files(below folder: String) throws -> [String] { [] }
    func paths(changedSince commit: String, exceptIn isOurs: (String) -> Bool) throws -> Set<String> { [] }
}
