import Glibc
import Model

/// Files that are either old or new, never half of each. Blocks.
public enum AtomicFile {
    /// What the file is called until it is whole.
    public enum Draft: Sendable {
        /// A name of its own: any number may write the same file at once.
        case unique
        /// One name, so that a crash leaves one draft at most, which the next writer removes. The caller holds a lock
        /// that keeps other writers away.
        case locked
    }

    /// Writes beside the file and renames.
    ///
    /// - Throws: `file`; nothing is left behind then.
    public static func write(
        _ bytes: some Collection<UInt8>, to path: String, mode: UInt32 = 0o644, as draft: Draft = .unique
    ) throws(StrataError) {
        try make(path, mode: mode, as: draft) { file throws(StrataError) in try file.write(bytes) }
    }

    /// The same for a file that `fill` writes. If it throws, as on a full disk, nothing is left behind.
    public static func make<Value>(
        _ path: String, mode: UInt32, as draft: Draft = .unique, isDurable: Bool = false,
        _ fill: (borrowing OpenFile) throws(StrataError) -> Value
    ) throws(StrataError) -> Value {
        let temporary = name(path, draft)
        // What a crash may have left.
        if draft == .locked { unlink(temporary) }
        let value: Value
        do {
            let file = try OpenFile(temporary, O_WRONLY | O_CREAT | O_EXCL, mode: mode)
            value = try fill(file)
            if isDurable { try file.synchronize() }
        } catch {
            unlink(temporary)
            throw error
        }
        try put(temporary, path)
        return value
    }

    /// The same for a file that is filled piece by piece over time.
    public static func make<Value>(
        _ path: String, mode: UInt32, _ fill: (borrowing OpenFile) async throws -> Value
    ) async throws -> Value {
        let temporary = name(path, .unique)
        let value: Value
        do {
            let file = try OpenFile(temporary, O_WRONLY | O_CREAT | O_EXCL, mode: mode)
            value = try await fill(file)
            try file.synchronize()
        } catch {
            unlink(temporary)
            throw error
        }
        try put(temporary, path)
        return value
    }

    /// Replaces a file that belongs to a user, with the permissions that it had. It is on the disk when this returns.
    ///
    /// - Throws: `file`, also for a link: the rename would replace it, and leave what it points to as it was.
    public static func replace(_ path: String, with bytes: [UInt8]) throws(StrataError) {
        var status = stat()
        let exists = lstat(path, &status) == 0
        guard !exists || status.st_mode & S_IFMT == S_IFREG else {
            throw StrataError(.file, "cannot write '\(path)': it is not a regular file")
        }
        do {
            try make(path, mode: 0o600, isDurable: true) { file throws(StrataError) in
                try file.setMode(exists ? status.st_mode & 0o777 : 0o644)
                try file.write(bytes)
            }
        } catch {
            throw .cannot("write", path, error.number)
        }
    }

    /// The file that a path leads to in the end, links followed: what to `replace` for a user who named a link. The path
    /// itself if there is no such file.
    ///
    /// - Throws: `notFound` for a link that leads nowhere; `file` for links in a circle.
    public static func destination(of path: String) throws(StrataError) -> String {
        guard Path.isLink(path) else { return path }
        guard let target = Path.real(path) else { throw .cannot("write", path, errno) }
        return target
    }

    /// The ending of drafts with a name of their own; a crash may leave one.
    public static let draftEnding = ".partial"

    private static func name(_ path: String, _ draft: Draft) -> String {
        switch draft {
        case .unique: "\(path).\(String(UInt64.random(in: 0 ... .max), radix: 36))\(draftEnding)"
        case .locked: path + ".new"
        }
    }

    /// Gives a file that is whole its name, in place of one that may be there.
    ///
    /// - Throws: `file`; it is removed then.
    public static func put(_ temporary: String, _ path: String) throws(StrataError) {
        guard rename(temporary, path) == 0 else {
            let number = errno
            unlink(temporary)
            throw .file(number, "the file cannot be replaced", path)
        }
    }
}
