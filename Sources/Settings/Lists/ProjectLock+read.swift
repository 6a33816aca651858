import Files
import Model

extension ProjectLock {
    /// Reads a lock that a user names, and the files that belong to it.
    ///
    /// - Throws: as `read`, and `configuration` if there is no such file or it is too large.
    public static func load(
        _ path: String, groups: [PackageName] = [], extras: [PackageName] = []
    ) throws(StrataError) -> ProjectLock {
        let folder = Path.parent(of: path)
        do {
            return try read(path, shown: path, groups: groups, extras: extras) { file throws(StrataError) in
                let isOwn = Path.parent(of: file) == folder
                return try BoundedFile.read(file, limit: limit, following: isOwn ? .all : .inside(folder))
            }
        } catch  where error.code == .notFound || error.code == .file {
            throw StrataError(.configuration, error.message, hint: error.hint, cause: error)
        }
    }

    /// Reads a lock and the files that belong to it. What they mean is not looked at: that is for the worker.
    ///
    /// - Parameters:
    ///   - path: where it is; `pyproject.toml` stands for the `uv.lock` beside it.
    ///   - shown: how the user reaches it.
    ///   - read: the bytes of a file, by its path.
    /// - Throws: `configuration` for a file of another kind, or one that lacks a file it belongs to; what `read` throws.
    public static func read(
        _ path: String, shown: String, groups: [PackageName], extras: [PackageName],
        _ read: (String) throws(StrataError) -> [UInt8]
    ) throws(StrataError) -> ProjectLock {
        let written = path.split(separator: "/").last.map(String.init) ?? path
        guard let kind = Kind(fileName: written) else {
            throw StrataError(
                .configuration, "'\(shown)' is not a lock that is known by its name",
                hint: "name a uv.lock, a pylock.toml or a requirements.txt with hashes")
        }
        guard kind != .requirements || groups.isEmpty && extras.isEmpty else {
            throw StrataError(.configuration, "'\(shown)' has neither groups nor extras: it is one list")
        }
        let folder = Path.parent(of: path)
        let name = kind == .uv ? "uv.lock" : written
        let reached = kind == .uv ? (shown.hasSuffix(written) ? shown.dropLast(written.count) + name : name) : shown
        var texts: [String: String] = [:]
        func take(_ name: String) throws(StrataError) {
            let bytes = try read(folder == "." ? name : "\(folder)/\(name)")
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw StrataError(.configuration, "'\(name)' beside '\(shown)' is not UTF-8 text")
            }
            texts[name] = text
        }
        try take(name)
        switch kind {
        case .pylock: break
        case .uv:
            do {
                try take("pyproject.toml")
            } catch  where error.code == .notFound {
                throw StrataError(
                    .configuration, "'\(reached)' has no pyproject.toml beside it, which says what its groups are",
                    hint: "name the lock where the project is", cause: error)
            }
        case .requirements:
            var open = [name]
            while let next = open.popLast() {
                for included in try Self.included(by: texts[next] ?? "", in: next) where texts[included] == nil {
                    guard texts.count < mostFiles else {
                        throw StrataError(.configuration, "'\(shown)' includes more than \(mostFiles) files")
                    }
                    try take(included)
                    open.append(included)
                }
            }
        }
        return ProjectLock(kind: kind, path: reached, name: name, texts: texts, groups: groups, extras: extras)
    }

    /// The files that a `requirements.txt` includes, by their paths from the lock's folder.
    private static func included(by text: String, in file: String) throws(StrataError) -> [String] {
        var found: [String] = []
        for line in text.split(whereSeparator: \.isNewline) {
            guard let written = includedFile(line) else { continue }
            guard let path = pathIncluded(written, by: file) else {
                throw StrataError(
                    .configuration, "'\(file)' includes '\(written.prefix(200))', which is not below its own folder")
            }
            found.append(path)
        }
        return found
    }
}
