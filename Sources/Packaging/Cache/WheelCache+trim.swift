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
        var wheels: [(path: String, used: Int, size: Int)] = []
        var freed = 0
        for shard in Folder.names(in: folder) {
            for name in Folder.names(in: "\(folder)/\(shard)") {
                let path = "\(folder)/\(shard)/\(name)"
                var file = stat()
                guard stat(path, &file) == 0 else { continue }
                let used = Int(file.st_mtim.tv_sec)
                if name.hasSuffix(".whl") {
                    wheels.append((path, used, Int(file.st_size)))
                } else if !name.hasSuffix(".json"), used < (now - .seconds(86_400)).seconds {
                    if unlink(path) == 0 { freed += Int(file.st_size) }
                }
            }
        }
        var total = wheels.reduce(0) { $0 + $1.size }
        let untouchable = (now - grace).seconds
        for wheel in wheels.sorted(by: { ($0.used, $0.path) < ($1.used, $1.path) }) {
            guard total > sizeLimit.bytes, wheel.used < untouchable else { break }
            // The record first: a wheel without one is verified again, a record without a wheel means nothing.
            unlink(wheel.path.dropLast("whl".count) + "json")
            guard unlink(wheel.path) == 0 else { continue }
            total -= wheel.size
            freed += wheel.size
        }
        return ByteCount(freed)
    }
}
