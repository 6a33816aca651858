import CGit2
import Model

/// What libgit2 said: its status, the part that failed, and its words.
struct GitFailure: Error, Sendable, Codable, CustomStringConvertible {
    let status: Int32
    /// A `GIT_ERROR_…` class.
    let area: Int32
    let words: String

    var description: String { "libgit2: \(words) (status \(status), class \(area))" }

    func isIn(_ area: git_error_t) -> Bool { self.area == Int32(area.rawValue) }
}

/// The one funnel from a status to an error.
///
/// `git_error_last` belongs to the thread: it is read here, on the thread that failed, before anything else runs.
/// Whoever makes an object frees it: see `Handle`.
/// - Throws: what libgit2 said, with `doing` before it.
@discardableResult
func git(_ doing: @autoclosure () -> String, _ call: () -> Int32) throws(StrataError) -> Int32 {
    let status = call()
    if status >= 0 { return status }
    throw GitFailure.last(status).error(doing())
}

extension GitFailure {
    /// What the thread's last call said.
    static func last(_ status: Int32) -> GitFailure {
        let last = git_error_last()
        return GitFailure(
            status: status, area: last?.pointee.klass ?? 0,
            words: last.flatMap { $0.pointee.message }.map { ServerText.line(String(cString: $0)) }
                ?? "no reason was given")
    }

    /// As an error of the project.
    func error(_ doing: String) -> StrataError {
        let code: StrataError.Code
        var hint: String?
        switch (status, git_error_t(UInt32(bitPattern: area))) {
        case (GIT_EOWNER.rawValue, _):
            code = .file
            hint = "the folder belongs to another user: run as its owner, or give it to this one"
        case (GIT_ENOTFOUND.rawValue, _): code = .notFound
        case (_, GIT_ERROR_OS), (_, GIT_ERROR_FILESYSTEM): code = .file
        case (_, GIT_ERROR_NET), (_, GIT_ERROR_SSH), (_, GIT_ERROR_HTTP): code = .connection
        default: code = .git
        }
        return StrataError(code, "cannot \(doing): \(words)", hint: hint, cause: self)
    }
}

/// libgit2 itself, made ready once for the process.
enum LibGit2 {
    /// Initialises the library and cuts it off from the user's and the system's configuration, which could redirect
    /// addresses or change what is written.
    /// - Throws: `unavailable`, the same each time.
    static func start() throws(StrataError) { try ready.get() }

    private static let ready: Result<Void, StrataError> = {
        do throws(StrataError) {
            try git("start libgit2") { git_libgit2_init() }
            for level in [GIT_CONFIG_LEVEL_SYSTEM, GIT_CONFIG_LEVEL_XDG, GIT_CONFIG_LEVEL_GLOBAL] {
                try git("set libgit2 up") { cgit2_set_search_path(level.rawValue, "") }
            }
            try git("set libgit2 up") { cgit2_set_search_path(GIT_CONFIG_LEVEL_PROGRAMDATA.rawValue, "") }
            // A ref that was reported as written must survive a power cut; a pack before it.
            try git("set libgit2 up") { cgit2_set_fsync_gitdir(1) }
            try git("set libgit2 up") { cgit2_set_strict_hash_verification(1) }
            return .success(())
        } catch {
            return .failure(error)
        }
    }()
}

extension GitFailure {
    /// The server ended the connection, and these are its words, from its error output.
    var isFarewell: Bool { status == GIT_EEOF.rawValue && isIn(GIT_ERROR_SSH) }

    /// libssh2 could not make anything of the key: a wrong passphrase, or a form that it does not know.
    var isUnusableKey: Bool {
        isIn(GIT_ERROR_SSH) && ["private key", "passphrase", "password"].contains { words.lowercased().contains($0) }
    }

    /// Something on this side failed, not the connection: the clone's objects, refs or configuration, for all we know.
    var isLocal: Bool {
        if isUnpackFailure { return true }
        let remote = [GIT_EAUTH, GIT_ECERTIFICATE, GIT_EUSER, GIT_EEOF, GIT_ENONFASTFORWARD, GIT_EOWNER]
        if remote.contains(where: { $0.rawValue == status }) { return false }
        let areas = [GIT_ERROR_NET, GIT_ERROR_SSH, GIT_ERROR_SSL, GIT_ERROR_HTTP, GIT_ERROR_CALLBACK]
        if areas.contains(where: isIn) { return false }
        // What the disk or the network did, where libgit2 files it under 'os'.
        let foreign = [
            "No space left", "quota exceeded", "early EOF", "unexpected EOF", "connect to", "socket", "resolve",
        ]
        return !foreign.contains { words.contains($0) }
    }

    /// A server's way to say that a deploy key has no write access: GitHub, GitLab, Gitea and Bitbucket.
    var isReadOnlyKey: Bool {
        let words = words.lowercased()
        return ["read only", "read-only", "not allowed to push", "write access", "not authorized to write"]
            .contains { words.contains($0) }
    }

    /// Object names of another length than SHA-1's: in a repository's configuration, or in what a server lists.
    var isForeignHash: Bool {
        ["objectformat", "object-format", "parsing REF pkt-line"].contains { words.contains($0) }
    }

    /// The server got the objects and could make nothing of them: its disk is full, or what it was sent is damaged.
    var isUnpackFailure: Bool {
        ["unpacking the sources failed", "unpacking the sent packfile failed"].contains { words.contains($0) }
    }

    /// The words without the blanks that libgit2 pads a server's words with.
    var trimmedWords: String {
        words.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
}
