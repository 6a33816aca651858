import Glibc
import Model

/// The small files that a configuration is made of, and their paths.
public enum SourceFile {
    /// For where only texts go along with the configuration, as to a fleet.
    @Sendable public static func isNowhere(_ path: String) throws(StrataError) -> ContentDigest {
        throw StrataError(
            .configuration, "a file beside the configuration cannot be had here", hint: "put it where a URL leads to")
    }

    /// The largest file that is read: 1 MB.
    static let limit = ByteCount(1_000_000)

    /// The same for a file that the configuration names: locks are larger.
    static func limit(of path: String) -> ByteCount {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        return ProjectLock.Kind(fileName: name) == nil ? limit : ProjectLock.limit
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
