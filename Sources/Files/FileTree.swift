import Glibc
import Model

/// A folder that holds the files of a branch, such as a site to look at. May be used from many threads, each for other
/// files.
///
/// Files are written in place: a run that died may leave half of a file, which the next one replaces, since it differs.
public struct FileTree: Sendable {
    private let folder: String

    /// - Parameter folder: made when the first file is written.
    public init(_ folder: String) { self.folder = folder }

    /// A file's bytes; nil if there is no such file.
    ///
    /// - Throws: `file` if it cannot be read.
    public func read(_ path: String) throws(StrataError) -> [UInt8]? {
        try BoundedFile.readIfPresent("\(folder)/\(path)", limit: .mebibytes(1 << 10))
    }

    /// Carries a change out. Folders that are missing are made, open to whom the umask lets in: a web server, say.
    ///
    /// - Throws: `file` if the disk refuses.
    public func apply(_ change: FileChange) throws(StrataError) {
        let path = "\(folder)/\(change.path)"
        switch change.content {
        case .write(let bytes): try open(path).write(bytes)
        case .delete:
            guard unlink(path) == 0 || errno == ENOENT else { throw .file(errno, "the file cannot be removed", path) }
        }
    }

    /// A tree has few folders and many files, so a folder is made only when a file finds it missing.
    private func open(_ path: String) throws(StrataError) -> OpenFile {
        let flags = O_WRONLY | O_CREAT | O_TRUNC
        do {
            return try OpenFile(path, flags, mode: 0o666)
        } catch  where error.code == .notFound {
            try Folder.make(Path.parent(of: path), mode: 0o777)
            return try OpenFile(path, flags, mode: 0o666)
        }
    }
}
