import Files
import FoundationEssentials
import Model

/// The highest revision of each registry that was read on this machine. A registry that shows an earlier one is a copy
/// that was left behind, or that somebody replays: what it calls the newest is not.
public struct SeenRevisions: Sendable {
    private let folder: String

    /// - Parameter folder: holds a small file for each registry; it is made when the first is read.
    public init(folder: String) { self.folder = folder }

    /// Compares a registry with what was read before, and remembers it. Of one that does not tell its revision nothing is
    /// known.
    ///
    /// - Throws: `refused` if it shows an earlier revision, unless that is allowed; what reading the registry throws.
    public func check(_ catalog: RegistryCatalog, allowsOlder: Bool) async throws {
        let file = try await catalog.registry()
        guard let id = file.id, (1...64).contains(id.utf8.count), id.utf8.allSatisfy(\.isASCIIAlphanumeric),
            let revision = file.revision, RegistryStamp.revisions.contains(revision)
        else { return }
        let path = "\(folder)/\(id)"
        let text = try BoundedFile.readIfPresent(path, limit: ByteCount(64)) ?? []
        let seen = Int(String(decoding: text, as: UTF8.self)) ?? 0
        if revision < seen {
            guard !allowsOlder else { return }
            throw StrataError(
                .refused,
                "'\(catalog.source.name)' shows revision \(revision) of the registry, and revision \(seen) was read here "
                    + "before", hint: "fetch the newest, or pass --allow-older if the registry was set back")
        }
        guard revision > seen else { return }
        // A folder that cannot be written to keeps nobody from reading.
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try? AtomicFile.replace(path, with: Array(String(revision).utf8))
    }
}
