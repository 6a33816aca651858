import Files
import Glibc
import Model

/// The site in a folder, as a web server has it. Each file is replaced at once.
public struct FolderSite: SitePlace {
    private let folder: String

    /// - Parameter folder: made when the first file is written.
    public init(_ folder: String) { self.folder = folder }

    public func withFiles<Value: Sendable>(
        _ body: @escaping @Sendable (_ read: (String) throws -> [UInt8]?) throws -> Value
    ) async throws -> Value {
        let files = FileTree(folder)
        return try await blocking { try body { try files.read($0) } }
    }

    /// Folders that are missing are made, open to whom the umask lets in: a web server, say.
    public func write(_ bytes: [UInt8], to path: String) async throws {
        let path = "\(folder)/\(path)"
        try await blocking {
            do {
                try AtomicFile.write(bytes, to: path, mode: 0o666)
            } catch let error as StrataError where error.code == .notFound {
                try Folder.make(Path.parent(of: path), mode: 0o777)
                try AtomicFile.write(bytes, to: path, mode: 0o666)
            }
        }
    }

    /// Removes the folders, too, that nothing is left in.
    public func delete(_ path: String) async throws {
        try await blocking {
            let whole = "\(folder)/\(path)"
            guard unlink(whole) == 0 || errno == ENOENT || errno == ENOTDIR else {
                throw StrataError.file(errno, "the file cannot be removed", whole)
            }
            var parent = Path.parent(of: path)
            while parent != ".", rmdir("\(folder)/\(parent)") == 0 { parent = Path.parent(of: parent) }
        }
    }

    /// Nobody keeps copies of a folder.
    public func refresh(_ paths: [String]?, as id: String) async throws {}
}
