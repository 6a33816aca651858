import FoundationEssentials
import Glibc
import Model

/// The files that a command's arguments name: files, folders with all below them, and patterns with `*`, `?`, `[…]` and
/// `**` for folders of any depth.
///
/// In folders, what begins with a dot, links, and what other tools install or make (`node_modules`, `cdk.out`, …) is
/// passed over. Files that are named are taken whatever they are.
public struct FileSet: Sendable {
    public struct Entry: Sendable, Hashable {
        public let path: String
        /// Whether the file itself was named, not a folder or a pattern.
        public let isNamed: Bool
    }

    /// Each file once, in the order of the arguments.
    public let entries: [Entry]

    private static let passedOver: Set<String> = ["node_modules", "cdk.out", "__pycache__", "venv", "site-packages"]
    private static let mostFiles = 100_000

    /// - Throws: `notFound` for an argument that names no file; `file` if a folder cannot be read.
    public init(_ arguments: [String]) throws(StrataError) {
        var entries: [Entry] = []
        var seen: Set<String> = []
        for argument in arguments {
            let found: [Entry]
            switch Self.kind(of: argument) {
            case .folder: found = try Self.files(below: argument).map { Entry(path: $0, isNamed: false) }
            case .other: found = [Entry(path: argument, isNamed: true)]
            case .missing:
                guard argument.contains(where: { "*?[".contains($0) }) else {
                    throw StrataError(.notFound, "there is no file '\(PlainLine.of(argument))'")
                }
                found = try Self.matches(of: argument).map { Entry(path: $0, isNamed: false) }
                guard !found.isEmpty else {
                    throw StrataError(.notFound, "no file fits '\(PlainLine.of(argument))'")
                }
            }
            entries += found.filter { seen.insert($0.path).inserted }
            guard entries.count <= Self.mostFiles else {
                throw StrataError(.configuration, "the arguments name more than \(Self.mostFiles) files")
            }
        }
        self.entries = entries
    }

    private enum Kind { case folder, other, missing }

    private static func kind(of path: String, followingLinks: Bool = true) -> Kind {
        var status = stat()
        guard (followingLinks ? stat(path, &status) : lstat(path, &status)) == 0 else { return .missing }
        return status.st_mode & S_IFMT == S_IFDIR ? .folder : .other
    }

    private static func files(below folder: String) throws(StrataError) -> [String] {
        var files: [String] = []
        for name in try names(in: folder) where !name.hasPrefix(".") && !passedOver.contains(name) {
            let path = folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
            switch kind(of: path, followingLinks: false) {
            case .folder: files += try Self.files(below: path)
            case .other where isRegular(path): files.append(path)
            case .other, .missing: break
            }
        }
        return files
    }

    private static func isRegular(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    private static func names(in folder: String) throws(StrataError) -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        } catch {
            throw StrataError(.file, "the folder cannot be read", place: .init(file: folder), cause: error)
        }
    }

    // MARK: Patterns

    private static func matches(of pattern: String) throws(StrataError) -> [String] {
        let parts = pattern.split(separator: "/").map(String.init)
        return try matches(of: parts[...], in: pattern.hasPrefix("/") ? "/" : "")
    }

    private static func matches(of parts: ArraySlice<String>, in folder: String) throws(StrataError) -> [String] {
        guard let part = parts.first else { return [] }
        let rest = parts.dropFirst()
        func path(_ name: String) -> String { folder.isEmpty || folder == "/" ? folder + name : "\(folder)/\(name)" }
        if part == "**" {
            var found =
                rest.isEmpty ? try files(below: folder.isEmpty ? "." : folder) : try matches(of: rest, in: folder)
            guard !rest.isEmpty else { return found }
            for name in try names(in: folder.isEmpty ? "." : folder)
            where !name.hasPrefix(".") && !passedOver.contains(name)
                && kind(of: path(name), followingLinks: false) == .folder
            {
                found += try matches(of: parts, in: path(name))
            }
            return found
        }
        let isPattern = part.contains { "*?[".contains($0) }
        let names = isPattern ? try names(in: folder.isEmpty ? "." : folder) : [part]
        var found: [String] = []
        for name in names where !isPattern || fnmatch(part, name, FNM_PERIOD) == 0 {
            switch kind(of: path(name)) {
            case .folder where !rest.isEmpty: found += try matches(of: rest, in: path(name))
            case .other where rest.isEmpty: found.append(path(name))
            case .folder, .other, .missing: break
            }
        }
        return found
    }
}
