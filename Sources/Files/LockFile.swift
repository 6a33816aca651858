import CPosix
import Glibc
import Model

/// An exclusive lock on a folder, between processes and between the threads of one: it belongs to the descriptor, and
/// the kernel gives it back when its holder dies.
public enum LockFile {
    /// Waits for the lock and runs `body` under it. Blocks the thread.
    ///
    /// - Throws: `file` if the folder cannot be locked, and what the body throws.
    public static func withLock<Value>(on folder: String, _ body: () throws -> Value) throws -> Value {
        let descriptor = cposix_open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0)
        guard descriptor >= 0 else { throw StrataError.file(errno, "the folder cannot be opened", folder) }
        defer { Glibc.close(descriptor) }
        var status = cposix_lock_file(descriptor, 1)
        while status == EINTR { status = cposix_lock_file(descriptor, 1) }
        guard status == 0 else { throw StrataError.file(status, "the folder cannot be locked", folder) }
        return try body()
    }
}
