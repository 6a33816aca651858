import Glibc
import Model

/// Reads the small files that a configuration is made of.
enum SourceFile {
    /// The largest file that is read: 1 MB.
    static let limit = 1_000_000

    /// Reads a regular file of at most `limit` bytes.
    ///
    /// - Parameter followingLink: false for files that a pull request may replace: a list that became a symbolic link
    ///   to a file of secrets would have its lines quoted in the error messages.
    /// - Throws: `StrataError` with code `file`.
    static func read(_ path: String, followingLink: Bool) throws(StrataError) -> [UInt8] {
        func refuse(_ why: String) -> StrataError {
            StrataError(.file, "cannot read '\(path)': \(why)", place: StrataError.Place(file: path))
        }
        // Without O_NONBLOCK, opening a named pipe would wait for a writer.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | (followingLink ? 0 : O_NOFOLLOW))
        guard descriptor >= 0 else {
            let code = errno
            throw refuse(code == ELOOP && !followingLink ? "it is a symbolic link" : String(cString: strerror(code)))
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw refuse(String(cString: strerror(errno))) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw refuse("it is not a regular file") }

        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while bytes.count <= limit {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw refuse(String(cString: strerror(errno))) }
            guard count > 0 else { return bytes }
            bytes += chunk[..<count]
        }
        throw refuse("it is larger than 1 MB")
    }

    /// A path of the configuration as the process can open it: relative ones begin at the configuration's folder.
    static func resolve(_ path: String, in folder: String) -> String {
        if path.hasPrefix("/") { return path }
        var rest = path[...]
        while rest.hasPrefix("./") { rest = rest.dropFirst(2).drop { $0 == "/" } }
        if rest.isEmpty || rest == "." { return folder }
        return folder.hasSuffix("/") ? folder + rest : "\(folder)/\(rest)"
    }

    /// How a file is shown that is written relative to another: as the user would reach both.
    static func beside(_ file: String, _ path: String) -> String {
        guard !path.hasPrefix("/"), let slash = file.lastIndex(of: "/") else { return path }
        return file[...slash] + path
    }

    /// The folder that holds a file, absolute.
    static func folder(of path: String) -> String {
        let parent = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        guard !parent.hasPrefix("/"), let working = getcwd(nil, 0) else { return parent }
        defer { free(working) }
        return resolve(parent, in: String(cString: working))
    }
}
