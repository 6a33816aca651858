import CGit2
import Model

/// One connection to a remote, through libgit2: list, fetch, push. Blocks.
///
/// libgit2's callbacks reach it through their payload; it must outlive every call that is given `callbacks()`.
class RemoteSession {
    let repository: OpaquePointer
    let address: String
    /// The ref that a push may replace; compared with what the server advertises on the same connection.
    private var expected: ObjectID?
    private var moved: PushReply?
    private var refusal: String?
    /// The server said of the pushed ref that it took it.
    private var isConfirmed = false
    /// What hooks print, and other words of the server.
    private var heard: [UInt8] = []

    init(repository: OpaquePointer, address: String, limit: Int) {
        self.limit = limit
        self.repository = repository
        self.address = address
    }

    /// Installs the callbacks that every connection needs. Subclasses add theirs.
    func install(_ callbacks: inout git_remote_callbacks) throws(StrataError) {
        try git("prepare a connection") {
            git_remote_init_callbacks(&callbacks, UInt32(GIT_REMOTE_CALLBACKS_VERSION))
        }
        callbacks.payload = Unmanaged.passUnretained(self).toOpaque()
        callbacks.sideband_progress = { text, count, payload in
            guard let text, let session = RemoteSession.from(payload) else { return 0 }
            session.hear(UnsafeRawBufferPointer(start: text, count: Int(count)))
            return 0
        }
        callbacks.transfer_progress = { stats, payload in
            guard let session = RemoteSession.from(payload), let stats else { return 0 }
            return session.receive(Int(clamping: stats.pointee.received_bytes)) ? 0 : GIT_EUSER.rawValue
        }
        callbacks.push_negotiation = { updates, count, payload in
            guard let session = RemoteSession.from(payload), count == 1, let update = updates?[0] else {
                return GIT_EUSER.rawValue
            }
            return session.mayReplace(ObjectID(update.pointee.src)) ? 0 : GIT_EUSER.rawValue
        }
        callbacks.push_update_reference = { _, status, payload in
            guard let session = RemoteSession.from(payload) else { return 0 }
            if let status {
                session.refusal = ServerText.line(String(cString: status))
            } else {
                session.isConfirmed = true
            }
            return 0
        }
    }

    static func from(_ payload: UnsafeMutableRawPointer?) -> RemoteSession? {
        payload.map { Unmanaged<RemoteSession>.fromOpaque($0).takeUnretainedValue() }
    }

    /// The most that a fetch may bring, in bytes.
    let limit: Int
    /// Whether the fetch was ended because it brought more.
    private(set) var isTooLarge = false

    /// A sign of life of the transfer.
    func progressed() {}

    /// Objects are on their way to us.
    func receiving() {}

    private func receive(_ bytes: Int) -> Bool {
        receiving()
        isTooLarge = bytes > limit
        return !isTooLarge
    }

    /// The connection stands, and the server lists its branches.
    func listing() {}

    /// The server has listed its branches, and gets the objects.
    func pushing() {}

    private func hear(_ text: UnsafeRawBufferPointer) {
        progressed()
        heard += text
        // A server that never stops talking must not fill the memory; what counts comes last.
        if heard.count > 65_536 {
            let last = serverLines.joined(separator: "\n") + "\n"
            heard = Array(last.utf8.suffix(32_768))
        }
    }

    private func mayReplace(_ advertised: ObjectID) -> Bool {
        pushing()
        let tip = advertised.isZero ? nil : advertised
        if tip == expected { return true }
        moved = .moved(to: tip)
        return false
    }

    // MARK: the three operations

    /// The remote's branches and their tips.
    /// - Parameter direction: for a push, it is the service that takes pushes that lists them: a key that may only read
    ///   is turned away.
    func heads(_ direction: git_direction = GIT_DIRECTION_FETCH) throws(StrataError) -> [String: ObjectID] {
        let remote = try connect(direction)
        defer { git_remote_disconnect(remote.pointer) }
        return try heads(of: remote)
    }

    /// Brings the branches' objects into the clone and notes their tips. Nothing else is taken: no tags, no other branch.
    /// - Returns: the tips of those that exist.
    func fetch(_ branches: [String]) throws(StrataError) -> [String: ObjectID] {
        let remote = try connect(GIT_DIRECTION_FETCH)
        defer { git_remote_disconnect(remote.pointer) }
        let tips = try heads(of: remote).filter { branches.contains($0.key) }
        let missing = tips.filter { !holds($0.value) }.keys.sorted()
        if !missing.isEmpty {
            var options = git_fetch_options()
            try git("prepare a fetch") { git_fetch_options_init(&options, UInt32(GIT_FETCH_OPTIONS_VERSION)) }
            options.download_tags = GIT_REMOTE_DOWNLOAD_TAGS_NONE
            options.update_fetchhead = 0
            options.prune = GIT_FETCH_NO_PRUNE
            try install(&options.callbacks)
            try withStrings(missing.map { "+refs/heads/\($0):\(Clone.tracking($0))" }) { specs throws(StrataError) in
                try git("fetch \(missing.joined(separator: ", "))") {
                    git_remote_fetch(remote.pointer, specs, &options, nil)
                }
            }
        }
        return tips
    }

    /// Sends a ref of the clone, if the remote's branch still is where it was.
    /// - Throws: `connection`: then whether the remote took it is unknown.
    /// - Returns: what was answered to a push that was not taken; nil if the server took it, and said so of the ref.
    ///   Nil as well if it said nothing of the ref: see `isConfirmed`.
    func push(_ push: Push) throws(StrataError) -> (answer: PushReply?, isConfirmed: Bool) {
        expected = push.expected
        moved = nil
        refusal = nil
        isConfirmed = false
        var options = git_push_options()
        try git("prepare a push") { git_push_options_init(&options, UInt32(GIT_PUSH_OPTIONS_VERSION)) }
        options.pb_parallelism = 0
        try install(&options.callbacks)
        let remote = try handle()
        let spec = "\(push.replaces ? "+" : "")\(push.source):refs/heads/\(push.branch)"
        let status = withStrings([spec]) { git_remote_push(remote.pointer, $0, &options) }
        if let moved { return (moved, false) }
        if status == GIT_ENONFASTFORWARD.rawValue { return (.moved(to: nil), false) }
        if status < 0 { throw GitFailure.last(status).error("push \(push.branch)") }
        if let refusal { return (.refused(([refusal] + serverLines).joined(separator: "; ")), false) }
        return (nil, isConfirmed)
    }

    /// What the server said, line by line, without its progress and what terminals obey.
    var serverLines: [String] { ServerText.lines(String(decoding: heard, as: UTF8.self)) }

    private func handle() throws(StrataError) -> Handle {
        try Handle("prepare a connection", free: git_remote_free) {
            git_remote_create_anonymous(&$0, repository, address)
        }
    }

    private func connect(_ direction: git_direction) throws(StrataError) -> Handle {
        let remote = try handle()
        var callbacks = git_remote_callbacks()
        try install(&callbacks)
        try git("reach \(address)") { git_remote_connect(remote.pointer, direction, &callbacks, nil, nil) }
        listing()
        return remote
    }

    private func heads(of remote: borrowing Handle) throws(StrataError) -> [String: ObjectID] {
        var list: UnsafeMutablePointer<UnsafePointer<git_remote_head>?>?
        var count = 0
        try git("list the branches of \(address)") { git_remote_ls(&list, &count, remote.pointer) }
        var heads: [String: ObjectID] = [:]
        for head in UnsafeBufferPointer(start: list, count: count) {
            guard let head = head?.pointee, let name = head.name.map({ String(cString: $0) }) else { continue }
            if name.hasPrefix("refs/heads/") { heads[String(name.dropFirst("refs/heads/".count))] = ObjectID(head.oid) }
        }
        return heads
    }

    /// Where a ref of the clone is.
    func target(of reference: String) -> ObjectID? {
        var id = git_oid()
        return git_reference_name_to_id(&id, repository, reference) == 0 ? ObjectID(id) : nil
    }

    private func holds(_ id: ObjectID) -> Bool {
        guard let objects = try? Handle("open", free: git_odb_free, make: { git_repository_odb(&$0, repository) })
        else { return false }
        return id.withPointer { git_odb_exists(objects.pointer, $0) == 1 }
    }
}

/// What is to be pushed where.
struct Push: Sendable, Codable {
    /// A ref of the clone: libgit2 pushes refs, not commits.
    let source: String
    let branch: String
    /// Where the remote's branch must be; nil: it must not exist.
    let expected: ObjectID?
    /// Whether the branch is replaced, rather than moved forward.
    let replaces: Bool
    /// Whether the branch is read again even if the server says that it took the commit.
    let isReadBack: Bool
}

/// What became of a push.
enum PushReply: Sendable, Codable, Hashable {
    /// The server took it, and the branch is here now.
    case taken(tip: ObjectID?)
    /// The server took it, and did not let itself be read afterwards.
    case unread
    case moved(to: ObjectID?)
    case refused(String)
}
