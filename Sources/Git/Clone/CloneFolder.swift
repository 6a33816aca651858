import CGit2
import Files
import FoundationEssentials
import Glibc
import Model

/// The folder that holds the cached clone: one process at a time, and nothing in it that cannot be made again.
///
/// ```
/// lock         held while the registry is open
/// remote       the address that the clone belongs to
/// clone.git    the bare clone
/// home         an empty home for libssh2, with the pinned host keys
/// ```
final class CloneFolder {
    let path: String
    private let lock: OpenFile

    var clonePath: String { path + "/clone.git" }
    var homePath: String { path + "/home" }

    /// Makes the folder, if need be, and takes its lock, which the kernel gives back when the process goes.
    /// - Throws: `leaseHeld` when another process has it, `file`.
    init(path: String) throws(StrataError) {
        self.path = path
        do { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) } catch {
            throw .file(error, "cannot make the folder of the cached clone", path)
        }
        lock = try OpenFile(path + "/lock", O_RDWR | O_CREAT, mode: 0o600)
        guard try lock.lock() else {
            throw StrataError(
                .leaseHeld, "another process is using the cached clone of the registry",
                hint: "wait for it, or give this one a cache of its own", place: .init(file: path))
        }
    }

    /// Opens the clone, or makes an empty one when there is none, when it belongs to another remote, when it is
    /// damaged, or when it has gathered more packs than it is worth.
    /// - Parameter note: told, in a sentence, when a clone is thrown away.
    func open(for remote: RemoteAddress, note: (String) -> Void) throws(StrataError) -> Clone {
        try LibGit2.start()
        if let reason = unusable(for: remote) {
            if !reason.isEmpty { note("the cached clone is made again: \(reason)") }
            return try recreate(for: remote)
        }
        sweep()
        do throws(StrataError) { return try Clone(path: clonePath) } catch {
            if error.code == .file, (error.cause as? GitFailure)?.isLocal != true { throw error }
            note("the cached clone is made again: \(error.message)")
            return try recreate(for: remote)
        }
    }

    /// Throws the clone away and makes an empty one.
    func recreate(for remote: RemoteAddress) throws(StrataError) -> Clone {
        do {
            for name in ["remote", "clone.git"] {
                let part = path + "/" + name
                if FileManager.default.fileExists(atPath: part) { try FileManager.default.removeItem(atPath: part) }
            }
        } catch {
            throw .file(error, "cannot remove the old clone", clonePath)
        }
        try BareRepository.create(at: clonePath, head: "main")
        // Written last: without it the clone counts as unfinished.
        do { try Data(remote.description.utf8).write(to: URL(filePath: path + "/remote"), options: .atomic) } catch {
            throw .file(error, "cannot write", path + "/remote")
        }
        return try Clone(path: clonePath)
    }

    /// - Returns: nil when the clone can be tried, "" when there is none yet, else why not.
    private func unusable(for remote: RemoteAddress) -> String? {
        guard let text = FileManager.default.contents(atPath: path + "/remote") else { return "" }
        guard text.elementsEqual(remote.description.utf8) else { return "it belongs to another remote" }
        let packs = (try? FileManager.default.contentsOfDirectory(atPath: clonePath + "/objects/pack")) ?? []
        // Every commit adds one. Beyond this, looking objects up costs more than fetching them again.
        return packs.count { $0.hasSuffix(".pack") } > 100 ? "it holds too many packs" : nil
    }

    /// Removes what a killed process left: lock files, which would refuse every write, and halves of packs. The folder's
    /// own lock proves that nobody is using them.
    func sweep() {
        let remains = (try? FileManager.default.subpathsOfDirectory(atPath: clonePath + "/refs")) ?? []
        for name in remains where name.hasSuffix(".lock") { unlink(clonePath + "/refs/" + name) }
        for name in ["HEAD.lock", "packed-refs.lock", "config.lock"] { unlink(clonePath + "/" + name) }
        let packs = clonePath + "/objects/pack"
        for name in (try? FileManager.default.contentsOfDirectory(atPath: packs)) ?? []
        where name.hasPrefix("pack_git2_") || name.hasPrefix("tmp_") || name.hasSuffix(".lock") {
            unlink(packs + "/" + name)
        }
    }
}

extension StrataError {
    /// What Foundation could not do with a file, and why, as the system says it.
    static func file(_ error: any Error, _ what: String, _ path: String) -> StrataError {
        let number = ((error as? CocoaError)?.underlying as? POSIXError)?.code.rawValue
        let why = number.map { " (\(String(cString: strerror($0))))" } ?? ""
        let hint = number.map { $0 == ENOSPC || $0 == EDQUOT } == true ? "free some space and run again" : nil
        return StrataError(.file, what + why, hint: hint, place: .init(file: path), cause: error)
    }
}

/// Bare repositories as this tool makes them.
enum BareRepository {
    /// Makes an empty bare repository whose `HEAD` names `head`, as one step: other processes see all of it or nothing.
    /// - Throws: `file`.
    static func create(at path: String, head: String) throws(StrataError) {
        try LibGit2.start()
        let draft = path + ".draft-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        var options = git_repository_init_options()
        try git("prepare a repository") {
            git_repository_init_options_init(&options, UInt32(GIT_REPOSITORY_INIT_OPTIONS_VERSION))
        }
        options.flags = GIT_REPOSITORY_INIT_BARE.rawValue | GIT_REPOSITORY_INIT_MKPATH.rawValue
        do throws(StrataError) {
            try head.withCStringTyped { head throws(StrataError) in
                options.initial_head = head
                let made = try Handle("make a repository at \(path)", free: git_repository_free) {
                    git_repository_init_ext(&$0, draft, &options)
                }
                _ = made.pointer
            }
            // Another process may have been faster: its repository is as good as ours.
            if rename(draft, path) != 0, !FileManager.default.fileExists(atPath: path + "/HEAD") {
                throw StrataError(
                    .file, "cannot make a repository: \(String(cString: strerror(errno)))", place: .init(file: path))
            }
            try? FileManager.default.removeItem(atPath: draft)
        } catch {
            try? FileManager.default.removeItem(atPath: draft)
            throw error
        }
    }
}

extension String {
    /// `withCString` with a typed throw.
    func withCStringTyped<Result, Failure: Error>(
        _ body: (UnsafePointer<CChar>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let outcome = withCString { text in Swift.Result { () throws(Failure) in try body(text) } }
        return try outcome.get()
    }
}
