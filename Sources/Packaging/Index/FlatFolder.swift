import Files
import FoundationEssentials
import Glibc
import Model

/// A folder of wheels, as `--find-links` takes it.
enum FlatFolder {
    /// The distributions in the folder. A file's size and date stand for its digest, so that nothing is read.
    /// - Throws: `configuration` if there is no such folder.
    static func files(in link: String) throws(StrataError) -> [IndexFile] {
        let path = try path(of: link)
        var folder = stat()
        guard stat(path, &folder) == 0, folder.st_mode & S_IFMT == S_IFDIR else {
            throw StrataError(.configuration, "the folder of wheels '\(path)' does not exist")
        }
        return Folder.sortedNames(in: path).compactMap { name in
            var file = stat()
            guard stat("\(path)/\(name)", &file) == 0, file.st_mode & S_IFMT == S_IFREG else { return nil }
            let mark = "\(name) \(file.st_size) \(file.st_mtim.tv_sec) \(file.st_mtim.tv_nsec)"
            let entry = IndexFile(
                name: name, sha256: .of(mark), url: URL(filePath: "\(path)/\(name)").absoluteString)
            return entry.wheel != nil || entry.isSourceDistribution ? entry : nil
        }
    }

    /// `file:///a%20b` or a path.
    static func path(of link: String) throws(StrataError) -> String {
        guard link.hasPrefix("file://") else { return link }
        guard let path = String(link.dropFirst("file://".count)).percentDecoded, path.hasPrefix("/") else {
            throw StrataError(.configuration, "'\(link.prefix(200))' is not a file URL")
        }
        return path
    }
}
