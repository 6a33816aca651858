import CPosix
import Glibc
import Model

/// Files that are either old or new, never half of each.
enum AtomicFile {
    /// Writes beside the file and renames. The caller holds a lock that keeps other writers of this file away.
    static func write(_ bytes: some Collection<UInt8>, to path: String, mode: UInt32 = 0o644) throws(StrataError) {
        try make(path, mode: mode) { file throws(StrataError) in try file.write(bytes) }
    }

    /// The same for a file that `fill` writes. If it throws, as on a full disk, nothing is left behind.
    static func make(_ path: String, mode: UInt32, _ fill: (borrowing OpenFile) throws(StrataError) -> Void)
        throws(StrataError)
    {
        let temporary = path + ".new"
        // What a crash may have left.
        unlink(temporary)
        do {
            try fill(try OpenFile(temporary, O_WRONLY | O_CREAT | O_EXCL, mode: mode))
        } catch {
            unlink(temporary)
            throw error
        }
        guard rename(temporary, path) == 0 else { throw .file(errno, "the file cannot be replaced", path) }
    }

    /// The whole file, or nil if there is none.
    static func read(_ path: String) throws(StrataError) -> [UInt8]? {
        do {
            let file = try OpenFile(path)
            return try file.read(file.status().size, at: 0)
        } catch  where error.code == .notFound {
            return nil
        }
    }
}
