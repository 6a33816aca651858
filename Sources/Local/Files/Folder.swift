import Glibc
import Model

/// Paths as text. Nothing is resolved: `..` and links stay what the file system makes of them.
enum Path {
    /// The folder that a path lies in; `.` for a bare name.
    static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}

/// What is done with whole folders.
enum Folder {
    /// Makes a folder, and those that it lies in, where they are missing. New ones are their owner's only.
    static func make(_ path: String) throws(StrataError) {
        if mkdir(path, 0o700) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, path != ".", path != "/" else { throw .file(errno, "the folder cannot be made", path) }
        try make(Path.parent(of: path))
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
            throw .file(errno, "the folder cannot be made", path)
        }
    }

    /// The names in a folder, without `.` and `..`, in no order; none if there is no such folder.
    static func names(in path: String) throws(StrataError) -> [String] {
        guard let stream = opendir(path) else {
            if errno == ENOENT { return [] }
            throw .file(errno, "the folder cannot be read", path)
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// Removes a folder that holds files only. One that is gone is no error.
    static func remove(_ path: String) throws(StrataError) {
        for name in try names(in: path) { unlink("\(path)/\(name)") }
        guard rmdir(path) == 0 || errno == ENOENT else { throw .file(errno, "the folder cannot be removed", path) }
    }
}
