import Files
import Glibc
import Model

extension WheelCache {
    /// Drops the wheels that were not used for longest until the cache is within its limit.
    ///
    /// Wheels used within `grace` stay, even above the limit: another process may be about to read them. Downloads that
    /// broke off longer ago than a day are dropped too.
    /// - Returns: how many bytes were freed.
    @discardableResult
    public func trim(now: Timestamp, grace: Duration = .seconds(3600)) -> ByteCount {
        let shards = Folder.sortedNames(in: folder).map { "\(folder)/\($0)" }
        var freed = CacheTrim(kind: "whl", limit: sizeLimit).trim(shards, now: now, grace: grace)
        for shard in shards {
            for name in Folder.sortedNames(in: shard) where !name.hasSuffix(".whl") && !name.hasSuffix(".json") {
                let path = "\(shard)/\(name)"
                var file = stat()
                guard stat(path, &file) == 0, Int(file.st_mtim.tv_sec) < (now - .seconds(86_400)).seconds,
                    unlink(path) == 0
                else { continue }
                freed += ByteCount(Int(file.st_size))
            }
        }
        return freed
    }
}
