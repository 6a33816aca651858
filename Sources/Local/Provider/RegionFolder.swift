import Files
import FoundationEssentials
import Glibc
import Model

/// A region's folder, as whoever holds its lock may change it.
struct RegionFolder: Sendable {
    let path: String

    /// Adds a version under the next number.
    ///
    /// The number is used up first, so that it is never given twice, not even after a crash or a deletion. Then the
    /// version is put together aside, and one rename makes it exist.
    /// - Parameter link: puts the zip's bytes at a path.
    func add(_ record: VersionRecord, to name: String, link: (String) throws -> Void) throws -> Int {
        let layer = "\(path)/\(name)"
        try Folder.make(layer)
        let number = try highestNumber(of: layer) + 1
        try AtomicFile.write("\(number)\n".utf8, to: "\(layer)/last", as: .locked)

        let aside = "\(layer)/.new"
        try Folder.remove(aside)
        do {
            try Folder.make(aside)
            try link("\(aside)/layer.zip")
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
            try AtomicFile.write(encoder.encode(record), to: "\(aside)/version.json", as: .locked)
            guard rename(aside, "\(layer)/\(number)") == 0 else {
                throw StrataError.file(errno, "the version cannot be put in its place", "\(layer)/\(number)")
            }
        } catch {
            try? Folder.remove(aside)
            throw error
        }
        return number
    }

    /// Removes a version; one rename makes it vanish.
    /// - Returns: what it was; nil if there is none.
    func remove(_ id: Release.ID) throws -> VersionRecord? {
        let (layer, number) = ("\(path)/\(id.name)", id.number)
        guard let record = try LayerFolder(path: layer, account: id.account).record(number) else { return nil }
        let aside = "\(layer)/.gone"
        try Folder.remove(aside)
        guard rename("\(layer)/\(number)", aside) == 0 else {
            throw StrataError.file(errno, "the version cannot be removed", "\(layer)/\(number)")
        }
        try Folder.remove(aside)
        if let stored = try stored() { try setStored(stored.bytes - record.size.bytes) }
        return record
    }

    private func highestNumber(of layer: String) throws -> Int {
        guard let bytes = try BoundedFile.readIfPresent("\(layer)/last", limit: .mebibytes(1)) else { return 0 }
        guard let number = Int(String(decoding: bytes, as: UTF8.self).trimmingNewline), number > 0 else {
            throw StrataError(
                .inconsistent, "the file that keeps the last version number is damaged",
                hint: "write the highest number that was ever given into it", place: .init(file: "\(layer)/last"))
        }
        return number
    }
}

/// The room that a region's layers take. The file `stored` may say too much after a crash, never too little, so it is
/// enough to count again when it says that there is no room.
extension RegionFolder {
    func reserve(_ size: ByteCount, limit: ByteCount) throws {
        var used = try stored() ?? recount()
        if used + size > limit { used = try recount() }
        guard used + size <= limit else {
            throw StrataError(
                .quota, "the account's code storage is used up: \(used) of \(limit), and \(size) more are needed",
                hint: "prune expired releases, or ask for a higher quota")
        }
        try setStored(used.bytes + size.bytes)
    }

    /// Counts what is there.
    func recount() throws -> ByteCount {
        var total = 0
        for name in try Folder.names(in: path) where !name.hasPrefix("stored") {
            for number in try LayerFolder(path: "\(path)/\(name)").numbers() {
                var status = stat()
                if stat("\(path)/\(name)/\(number)/layer.zip", &status) == 0 { total += Int(status.st_size) }
            }
        }
        try setStored(total)
        return ByteCount(total)
    }

    private func stored() throws -> ByteCount? {
        try BoundedFile.readIfPresent("\(path)/stored", limit: .mebibytes(1)).flatMap {
            Int(String(decoding: $0, as: UTF8.self).trimmingNewline)
        }
        .map(ByteCount.init(_:))
    }

    private func setStored(_ bytes: Int) throws {
        try AtomicFile.write("\(bytes)\n".utf8, to: "\(path)/stored", as: .locked)
    }
}

extension String {
    fileprivate var trimmingNewline: String { hasSuffix("\n") ? String(dropLast()) : self }
}
