import Glibc
import Model

/// Paths as text. Nothing is resolved: `..` and links stay what the file system makes of them.
public enum Path {
    /// The folder that a path lies in; `.` for a bare name.
    public static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// The path without links and `..`; nil if it leads nowhere, and `errno` says why.
    static func real(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// Whether the last part of a path is a symbolic link.
    static func isLink(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
    }
}

/// What is done with whole folders. Blocks.
public enum Folder {
    /// Makes a folder, and those that it lies in, where they are missing.
    ///
    /// - Parameter mode: the permissions of new ones: their owner's only, unless said otherwise. The umask takes some away.
    /// - Throws: `file`.
    public static func make(_ path: String, mode: UInt32 = 0o700) throws(StrataError) {
        if mkdir(path, mode) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, path != ".", path != "/" else { throw .file(errno, "the folder cannot be made", path) }
        try make(Path.parent(of: path), mode: mode)
        guard mkdir(path, mode) == 0 || errno == EEXIST else {
            throw .file(errno, "the folder cannot be made", path)
        }
    }

    /// The names in a folder, without `.` and `..`, in no order; none if there is no such folder.
    public static func names(in path: String) throws(StrataError) -> [String] {
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
    public static func remove(_ path: String) throws(StrataError) {
        for name in try names(in: path) { unlink("\(path)/\(name)") }
        guard rmdir(path) == 0 || errno == ENOENT else { throw .file(errno, "the folder cannot be removed", path) }
    }
}
