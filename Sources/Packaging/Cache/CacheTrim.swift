import Files
import Glibc
import Model

/// Things kept in folders, each a large file with a small record beside it of the same name.
struct CacheTrim {
    /// The large file's suffix, as `whl`.
    let kind: String
    /// How many bytes the large files may have together.
    let limit: ByteCount

    /// Drops what was not used for longest until the rest is within the limit.
    ///
    /// - Parameter grace: what was used within it stays, even above the limit: another process may be about to read it.
    /// - Returns: how many bytes were freed.
    func trim(_ folders: [String], now: Timestamp, grace: Duration) -> ByteCount {
        var kept: [(path: String, used: Int, size: Int)] = []
        for folder in folders {
            for name in Folder.sortedNames(in: folder) where name.hasSuffix(".\(kind)") {
                var file = stat()
                guard stat("\(folder)/\(name)", &file) == 0 else { continue }
                kept.append(("\(folder)/\(name)", Int(file.st_mtim.tv_sec), Int(file.st_size)))
            }
        }
        var total = kept.reduce(0) { $0 + $1.size }
        var freed = 0
        let untouchable = (now - grace).seconds
        for file in kept.sorted(by: { ($0.used, $0.path) < ($1.used, $1.path) }) {
            guard total > limit.bytes, file.used < untouchable else { break }
            // The record first: a file without one is verified or made again, a record without a file means nothing.
            unlink(file.path.dropLast(kind.utf8.count) + "json")
            guard unlink(file.path) == 0 else { continue }
            total -= file.size
            freed += file.size
        }
        return ByteCount(freed)
    }

    /// Drops small files that nothing has written for a time: they are asked for again when they are needed.
    static func dropUnused(in folder: String, before moment: Timestamp) {
        for name in Folder.sortedNames(in: folder) {
            var file = stat()
            let path = "\(folder)/\(name)"
            guard stat(path, &file) == 0, file.st_mode & S_IFMT == S_IFREG, Int(file.st_mtim.tv_sec) < moment.seconds
            else { continue }
            unlink(path)
        }
    }

    /// The mark of the last use, which trimming goes by.
    static func markUsed(_ path: String) { utimensat(AT_FDCWD, path, nil, 0) }
}
