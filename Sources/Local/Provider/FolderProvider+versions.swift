import Files
import FoundationEssentials
import Glibc
import Model

extension FolderProvider {
    public func version(_ id: Release.ID) async throws -> PublishedVersion? {
        try check(id)
        let folder = LayerFolder(path: folder(of: id.name, in: id.region), account: rules.account)
        return try await blocking {
            // As Lambda's CodeSha256: of the bytes that are there, not of those that were sent.
            guard let record = try folder.record(id.number), let held = try digests.read(folder.zip(id.number)) else {
                return nil
            }
            return published(record, id, holding: held)
        }
    }

    public func versions(of name: String, in region: Region) async throws -> [VersionSummary] {
        try LayerFolder.check(name: name)
        let folder = LayerFolder(path: folder(of: name, in: region), account: rules.account)
        let records = try await blocking {
            // A version may be deleted between the listing and the reading.
            try folder.numbers().sorted(by: >).compactMap { number in
                try folder.record(number).map { (number, $0.description) }
            }
        }
        return records.map { number, description in
            let id = Release.ID(account: rules.account, region: region, name: name, number: number)
            return VersionSummary(id: id, arn: arn(of: id), description: description)
        }
    }

    public func delete(_ id: Release.ID) async throws {
        try check(id)
        let blobs = blobs
        let removed = try await changing(id.region) { try $0.remove(id) }
        if let removed { try await blocking { try blobs.removeIfUnused(removed.sha256) } }
    }

    public func storage(in region: Region) async throws -> CodeStorage {
        // Asking makes nothing: a region where nothing was published yet has no folder.
        guard access(folder(of: region), F_OK) == 0 else {
            return CodeStorage(used: ByteCount(0), limit: rules.storage)
        }
        return CodeStorage(used: try await changing(region) { try $0.recount() }, limit: rules.storage)
    }
}

/// All versions of one layer in one region.
struct LayerFolder {
    let path: String
    /// Whose versions are seen; nil for all.
    var account: String?

    /// Refuses what Lambda refuses as a layer's name. What passes is safe as a path's component.
    static func check(name: String) throws(StrataError) {
        guard (1...LayerLimits.nameLength).contains(name.utf8.count),
            name.utf8.allSatisfy({ $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") })
        else {
            throw StrataError(
                .invalidRequest, "'\(name.prefix(80))' is not a layer name",
                hint: "use letters, digits, '-' and '_', at most \(LayerLimits.nameLength) of them")
        }
    }

    /// Where a version's bytes are.
    func zip(_ number: Int) -> String { "\(path)/\(number)/layer.zip" }

    func numbers() throws(StrataError) -> [Int] { try Folder.names(in: path).compactMap { Int($0) } }

    /// - Returns: nil if the version does not exist, or no more, or has lost its bytes, or is another account's.
    func record(_ number: Int) throws -> VersionRecord? {
        guard access(zip(number), F_OK) == 0,
            let bytes = try BoundedFile.readIfPresent("\(path)/\(number)/version.json", limit: .mebibytes(16))
        else {
            return nil
        }
        do {
            let record = try JSONDecoder().decode(VersionRecord.self, from: Data(bytes))
            return account == nil || record.account == nil || record.account == account ? record : nil
        } catch {
            throw StrataError(
                .inconsistent, "a layer's record cannot be read", hint: "remove the version's folder",
                place: .init(file: "\(path)/\(number)/version.json"), cause: error)
        }
    }
}
