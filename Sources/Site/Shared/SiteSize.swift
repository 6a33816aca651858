import FoundationEssentials
import Model
import Synchronization

/// `api/v1/size.json`: how many files the site has and how large they are, without this one. Kept by adding and
/// subtracting, so that nobody has to look at all of them.
public struct SiteSize: Sendable, Hashable, Codable {
    public internal(set) var files: Int
    public internal(set) var bytes: ByteCount

    static let path = "api/v1/size.json"
    static let none = SiteSize(files: 0, bytes: ByteCount(0))

    init(files: Int, bytes: ByteCount) {
        self.files = files
        self.bytes = bytes
    }

    /// The size that a branch has.
    ///
    /// - Returns: nil if there is no site.
    /// - Throws: `inconsistent` if the file is damaged, and what `existing` throws.
    public init?(existing: ExistingFiles) throws {
        guard let file = try existing(Self.path) else { return nil }
        self = try RegistryJSON.decode(SiteSize.self, from: file, path: Self.path)
    }

    /// The size that a branch will have.
    ///
    /// - Returns: nil if the changes leave it as it is.
    public init?(after changes: [FileChange]) throws {
        guard case .write(let file)? = changes.first(where: { $0.path == Self.path })?.content else { return nil }
        self = try RegistryJSON.decode(SiteSize.self, from: file, path: Self.path)
    }

    /// One line if the site is larger than it may be.
    public func warning(budget: ByteCount) -> String? {
        guard bytes > budget else { return nil }
        return
            "the site is \(bytes) in \(files) files, more than its budget of \(budget): fewer targets or regions make it "
            + "smaller, and a host other than GitHub Pages may take more ('site.budget')"
    }

    var fileBytes: [UInt8] {
        JSONObject.file { file in
            file.add(schema: "size", of: Self.path)
            file.add("format", 1)
            file.add("files", files)
            file.add("bytes", bytes.bytes)
        }
    }
}

/// What a render adds to the site's size, from any thread.
final class SizeTally: Sendable {
    private let change = Mutex((files: 0, bytes: 0))

    /// - Parameters:
    ///   - old: the size that a file had; nil if there was none.
    ///   - new: the size that it has; nil if it is gone.
    func note(old: Int?, new: Int?) {
        change.withLock {
            $0.files += (new == nil ? 0 : 1) - (old == nil ? 0 : 1)
            $0.bytes += (new ?? 0) - (old ?? 0)
        }
    }

    /// Writes the size, if it changed.
    func write(through filter: ChangeFilter) throws -> SiteSize {
        let old = try SiteSize(existing: filter.existing) ?? .none
        let size = change.withLock {
            SiteSize(files: old.files + $0.files, bytes: ByteCount(old.bytes.bytes + $0.bytes))
        }
        try filter.write(size.fileBytes, to: SiteSize.path)
        return size
    }
}
