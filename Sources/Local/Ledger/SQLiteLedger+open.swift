import CPosix
import Files
import GRDB
import Glibc
import Model

extension SQLiteLedger {
    /// Opens a ledger as the configuration names it: `sqlite:PATH`.
    /// - Throws: `configuration` for anything else, and what `open(path:)` throws.
    public static func open(_ reference: String) async throws -> SQLiteLedger {
        let scheme = "sqlite:"
        guard reference.hasPrefix(scheme), reference.utf8.count > scheme.utf8.count else {
            throw StrataError(
                .configuration, "'\(reference)' names no SQLite ledger", hint: "write 'sqlite:.strata/ledger.sqlite'")
        }
        return try await open(path: String(reference.dropFirst(scheme.count)))
    }

    /// Opens the ledger in a file, which only its owner can read, and brings it up to date. Makes the file and the
    /// folders that it lies in if they are missing.
    ///
    /// - Throws: `file` if it cannot be read or written, `inconsistent` if it is damaged or no ledger, `unsupported`
    ///   if a newer Strata wrote it.
    public static func open(path: String) async throws -> SQLiteLedger {
        try await blocking {
            do {
                let folder = Path.parent(of: path)
                try Folder.make(folder)
                // Two processes that meet a new file would both create its tables.
                return try LockFile.withLock(on: folder) {
                    try createPrivately(path)
                    let pool = try DatabasePool(path: path, configuration: configuration)
                    // GRDB chooses NORMAL with WAL, which may forget the last transactions when the power fails. An
                    // intent has to be on the disk before its work begins.
                    try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
                    try migrate(pool)
                    return SQLiteLedger(path: path, pool: pool)
                }
            } catch {
                throw Self.error(error, path: path)
            }
        }
    }

    /// Opens the ledger only to read it: a missing one reads as empty and is not made, and its folder may be read-only.
    ///
    /// - Throws: as `open(path:)`, and `unsupported` for a ledger that an older Strata wrote and that cannot be changed.
    public static func openForReading(path: String) async throws -> SQLiteLedger {
        try await openForReading(path: path) { access($0, W_OK) == 0 }
    }

    /// - Parameter canWrite: whether a file or folder may be written; to test what happens where it may not.
    package static func openForReading(
        path: String, canWrite: @Sendable (String) -> Bool
    ) async throws -> SQLiteLedger {
        if access(path, F_OK) != 0, errno == ENOENT || errno == ENOTDIR {
            return try await blocking {
                let memory = try DatabaseQueue(configuration: configuration)
                try migrate(memory)
                return SQLiteLedger(path: path, pool: memory)
            }
        }
        if canWrite(Path.parent(of: path)), canWrite(path) { return try await open(path: path) }
        return try await blocking {
            do {
                let queue = try openReadOnly(path)
                try checkVersion(queue)
                guard try queue.read(LedgerSchema.migrator.hasCompletedMigrations) else {
                    throw StrataError(
                        .unsupported, "an older version of Strata wrote this ledger, and it cannot be written",
                        hint: "run 'strata status' once where its folder can be written", place: .init(file: path))
                }
                return SQLiteLedger(path: path, pool: queue)
            } catch {
                throw Self.error(error, path: path)
            }
        }
    }

    /// With a write-ahead log beside it, SQLite reads the log as well. Without one nobody is writing, and nobody can:
    /// then it need not make one, which it could not in a folder that is read-only.
    private static func openReadOnly(_ path: String) throws -> DatabaseQueue {
        var configuration = configuration
        configuration.readonly = true
        guard access("\(path)-wal", F_OK) != 0 else {
            return try DatabaseQueue(path: path, configuration: configuration)
        }
        let escaped = path.replacing("%", with: "%25").replacing("?", with: "%3f").replacing("#", with: "%23")
        return try DatabaseQueue(path: "file:\(escaped)?immutable=1", configuration: configuration)
    }

    private static var configuration: Configuration {
        var configuration = Configuration()
        configuration.label = "ledger"
        configuration.foreignKeysEnabled = true
        configuration.busyMode = .timeout(20)
        configuration.maximumReaderCount = 4
        return configuration
    }

    private static func migrate(_ pool: any DatabaseWriter) throws {
        try checkVersion(pool)
        try LedgerSchema.migrator.migrate(pool)
    }

    private static func checkVersion(_ pool: any DatabaseReader) throws {
        if try pool.read(LedgerSchema.migrator.hasBeenSuperseded) {
            throw StrataError(
                .unsupported, "a newer version of Strata has changed this ledger",
                hint: "use that version, or a newer one")
        }
    }

    /// Makes an empty file with mode 0600, which SQLite then also gives to the files beside it.
    ///
    /// A file that exists is left alone, unopened: closing any descriptor of a database would drop the locks that
    /// this process holds on it (https://www.sqlite.org/howtocorrupt.html, 2.2).
    private static func createPrivately(_ path: String) throws(StrataError) {
        let descriptor = cposix_open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        if descriptor >= 0 {
            Glibc.close(descriptor)
        } else if errno != EEXIST {
            throw StrataError.file(errno, "cannot be created", path)
        }
    }
}
