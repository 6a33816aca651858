import Model

/// A `requirements.txt` that locks: every line pins a version and gives its hashes, as `pip-compile --generate-hashes` and
/// `uv export` write it. https://pip.pypa.io/en/stable/reference/requirements-file-format/
package struct PinnedList: Sendable {
    package struct Pin: Sendable, Hashable {
        package let package: PackageName
        package let version: String
        package let hashes: Set<ContentDigest>
    }

    /// Those whose markers hold, sorted by package.
    package private(set) var pins: [Pin] = []
    /// What the file says that does not count here.
    package private(set) var remarks: [String] = []

    private var environment: MarkerEnvironment
    private var seen: Set<String> = []
    private let lock: ProjectLock

    /// - Throws: `resolution` with the file and the line for what is not locked: no exact version, no SHA-256, an address,
    ///   a variable of the environment.
    package init(_ lock: ProjectLock, for target: Target) throws(StrataError) {
        self.lock = lock
        environment = MarkerEnvironment(target)
        try read(lock.name)
        pins.sort { $0.package < $1.package }
        remarks = remarks.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    mutating func leaveOut(_ packages: [PackageName]) {
        pins.removeAll { packages.contains($0.package) }
    }

    /// Real lists include a file or two.
    private static let longestLine = 64 << 10

    private mutating func read(_ name: String) throws(StrataError) {
        guard seen.insert(name).inserted else { return }
        guard let text = lock.texts[name] else {
            throw StrataError(.resolution, "'\(name)' is included, but was not read", place: .init(file: lock.path))
        }
        var number = 0
        var start = 1
        var joined = ""
        for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            number += 1
            if joined.isEmpty { start = number }
            let isComment = line.drop { $0 == " " || $0 == "\t" }.first == "#"
            let bare = isComment ? "" : line.firstRange(of: " #").map { line[..<$0.lowerBound] } ?? line
            let isContinued = !isComment && line.last == "\\"
            joined += isContinued ? bare.dropLast(bare.last == "\\" ? 1 : 0) + " " : bare
            guard joined.utf8.count <= Self.longestLine else { throw refused("the line is too long", name, start) }
            if isContinued { continue }
            try take(joined.trimmingSpaces, name, start)
            joined = ""
        }
        try take(joined.trimmingSpaces, name, start)
    }

    private func refused(_ why: String, _ file: String, _ line: Int, hint: String? = nil) -> StrataError {
        let shown = file == lock.name ? lock.path : lock.path.dropLast(lock.name.count) + file
        return StrataError(.resolution, why, hint: hint, place: .init(file: String(shown), line: line))
    }

    private mutating func take(_ line: String, _ file: String, _ number: Int) throws(StrataError) {
        guard !line.isEmpty else { return }
        if line.firstRange(of: "${") != nil {
            throw refused(
                "a variable of the environment is not filled in: a lock says the same everywhere", file, number)
        }
        if let included = ProjectLock.includedFile(line) {
            guard let path = ProjectLock.pathIncluded(included, by: file) else {
                throw refused("it includes a file that is not below its own folder", file, number)
            }
            return try read(path)
        }
        if line.hasPrefix("-") { return try option(line, file, number) }
        if [".", "/", "file:"].contains(where: line.hasPrefix) {
            let first = line.prefix { $0 != " " }.description
            remarks.append("left out, since it is not a release: \(first.printable(100))")
            return
        }
        try requirement(line, file, number)
    }

    private mutating func option(_ line: String, _ file: String, _ number: Int) throws(StrataError) {
        let name = String(line.prefix { $0 != " " && $0 != "=" && $0 != "\t" })
        switch name {
        case "-i", "--index-url", "--extra-index-url", "-f", "--find-links", "--no-index", "--trusted-host":
            // The value may hold a password.
            remarks.append("'\(name)' does not count: wheels come from the configured index, by their hashes")
        case "--require-hashes", "--pre", "--prefer-binary", "--only-binary", "--no-binary", "--use-feature", "-c",
            "--constraint":
            return
        case "-e", "--editable":
            let value = line.dropFirst(name.count).trimmingSpaces
            guard !value.contains("://") || value.hasPrefix("file:") else {
                throw refused("'\(value.printable(80))' is required by its address", file, number)
            }
            remarks.append("left out, since it is not a release: \(value.printable(100))")
        default:
            throw refused("the option '\(name.printable(60))' is not known", file, number)
        }
    }

    private mutating func requirement(_ line: String, _ file: String, _ number: Int) throws(StrataError) {
        let parts = line.split { $0 == " " || $0 == "\t" }
        let end = parts.firstIndex { $0.hasPrefix("--") } ?? parts.endIndex
        let written = parts[..<end].joined(separator: " ")
        let semicolon = written.firstIndex(of: ";")
        let head = written[..<(semicolon ?? written.endIndex)].trimmingSpaces
        let requirement: Requirement
        do {
            requirement = try Requirement(parsing: head)
        } catch {
            throw refused(error.message.printable(200), file, number, hint: error.hint)
        }
        let package = requirement.package
        let version = requirement.specifiers.drop { $0 == "=" }
        guard requirement.specifiers.hasPrefix("=="), !version.contains(","), !version.hasSuffix("*"),
            PackageVersion(String(version)) != nil
        else {
            throw refused("'\(package)' is not pinned to one version", file, number, hint: "write '\(package)==…'")
        }
        let hashes = try hashes(parts[end...], of: package, file, number)
        if let semicolon {
            let text = written[written.index(after: semicolon)...].trimmingSpaces
            guard let marker = Marker(text) else {
                throw refused("the marker of '\(package)' is not understood: \(text.printable(100))", file, number)
            }
            guard marker.holds(environment, extras: []) else { return }
        }
        let pin = Pin(package: package, version: String(version), hashes: hashes)
        if let other = pins.first(where: { $0.package == package }) {
            guard other == pin else { throw refused("'\(package)' is pinned twice", file, number) }
            return
        }
        pins.append(pin)
    }

    private func hashes(
        _ options: ArraySlice<Substring>, of package: PackageName, _ file: String, _ number: Int
    ) throws(StrataError) -> Set<ContentDigest> {
        var found: Set<ContentDigest> = []
        var rest = options
        while let option = rest.popFirst() {
            let value: Substring
            if option == "--hash" {
                value = rest.popFirst() ?? ""
            } else if option.hasPrefix("--hash=") {
                value = option.dropFirst("--hash=".count)
            } else {
                throw refused("the option '\(String(option).printable(60))' of '\(package)' is not known", file, number)
            }
            guard value.hasPrefix("sha256:") else { continue }
            guard let digest = ContentDigest(hex: value.dropFirst("sha256:".count)) else {
                throw refused("a hash of '\(package)' is not a SHA-256: \(String(value).printable(100))", file, number)
            }
            found.insert(digest)
        }
        guard !found.isEmpty else {
            throw refused(
                "'\(package)' has no SHA-256, and what has none is not built", file, number,
                hint: "write the file with 'uv export', or with 'pip-compile --generate-hashes'")
        }
        return found
    }
}
