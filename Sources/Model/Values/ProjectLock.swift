/// A file that locks a project's packages, as it was read: what it locks is what is built, and nothing is resolved anew.
public struct ProjectLock: Sendable, Hashable, Codable {
    public enum Kind: String, Sendable, Codable {
        /// https://docs.astral.sh/uv/concepts/projects/sync/#the-lockfile
        case uv
        /// PEP 751.
        case pylock
        /// Pins with hashes, as `pip-compile --generate-hashes` and `uv export` write them.
        case requirements

        /// The kind that a file's name tells; nil for another file's. `pyproject.toml` stands for the `uv.lock` beside it.
        public init?(fileName name: String) {
            if name == "uv.lock" || name == "pyproject.toml" {
                self = .uv
            } else if name == "pylock.toml" || name.hasPrefix("pylock.") && name.hasSuffix(".toml") {
                self = .pylock
            } else if name.hasSuffix(".txt") {
                self = .requirements
            } else {
                return nil
            }
        }
    }

    public let kind: Kind
    /// How the user reaches it: for messages.
    public let path: String
    /// Its name, by which `texts` has it.
    public let name: String
    /// The file's text, and those of the files that belong to it, by their paths from its folder: `pyproject.toml` beside
    /// a `uv.lock`, what a `requirements.txt` includes.
    public let texts: [String: String]
    /// Dependency groups that are locked beside the project's own dependencies. Sorted, each once.
    public let groups: [PackageName]
    /// Sorted, each once.
    public let extras: [PackageName]

    public init(
        kind: Kind, path: String, name: String, texts: [String: String], groups: [PackageName] = [],
        extras: [PackageName] = []
    ) {
        self.kind = kind
        self.path = path
        self.name = name
        self.texts = texts
        self.groups = Set(groups).sorted()
        self.extras = Set(extras).sorted()
    }

    /// Of all its texts.
    public var digest: ContentDigest {
        .of(
            texts.sorted { $0.key < $1.key }.map { "\($0.key.utf8.count) \($0.key) \($0.value.utf8.count) \($0.value)" }
                .joined(separator: "\n"))
    }

    /// The largest file that is read: those of projects with a thousand packages take some megabytes.
    public static let limit = ByteCount(16_000_000)
    /// How many files a lock may be made of.
    public static let mostFiles = 50
}

extension ProjectLock {
    /// What a line of a `requirements.txt` includes: of `-r base.txt`, `base.txt`.
    package static func includedFile(_ line: some StringProtocol) -> String? {
        let line = line.trimmingSpaces
        for option in ["--requirement", "-r"] where line.hasPrefix(option) {
            let rest = line.dropFirst(option.count)
            guard option == "-r" || rest.first == " " || rest.first == "=" || rest.first == "\t" else { continue }
            let written = rest.drop { $0 == "=" || $0 == " " || $0 == "\t" }
            let name = written.firstRange(of: " #").map { written[..<$0.lowerBound] } ?? written
            return name.trimmingSpaces
        }
        return nil
    }

    /// The path of an included file from the lock's folder; nil if it leads out of that.
    package static func pathIncluded(_ written: String, by file: String) -> String? {
        guard !written.isEmpty, !written.hasPrefix("/"), !written.contains("\\"), !written.contains(":") else {
            return nil
        }
        var parts = file.split(separator: "/").dropLast()
        for part in written.split(separator: "/") where part != "." {
            if part == ".." {
                guard parts.popLast() != nil else { return nil }
            } else {
                parts.append(part)
            }
        }
        return parts.isEmpty ? nil : parts.joined(separator: "/")
    }
}
