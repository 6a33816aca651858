import Files
import FoundationEssentials
import Model
import Packaging
import Settings

/// What a project asks for: the layers of `strata init --from`.
struct ProjectPackages: Sendable {
    let layers: [ConfigurationDraft.Layer]
    /// What the project calls itself; nil if it does not say.
    let name: String?
    /// Targets that the project's `requires-python` allows; nil if it says nothing.
    let targets: [Target]?
    /// What was left out, or is worth knowing.
    let remarks: [String]

    /// The largest list that is read.
    private static let limit = ByteCount(1_000_000)

    /// Reads a `requirements.txt`, a `pyproject.toml`, a `uv.lock` or a `pylock.toml`.
    ///
    /// - Parameters:
    ///   - path: as the user reaches it.
    ///   - shown: its path from the configuration's folder; nil if it is not below that.
    ///   - isSplit: a layer for each requirement instead of one for the project.
    /// - Throws: `configuration` if it cannot be read, or asks for nothing.
    init(_ path: String, from shown: String?, isSplit: Bool) throws(StrataError) {
        let file = path.split(separator: "/").last.map(String.init) ?? path
        let folder = Path.parent(of: path)
        let projectFile = folder == "." ? "pyproject.toml" : "\(folder)/pyproject.toml"
        var remarks: [String] = []
        switch ProjectLock.Kind(fileName: file) {
        case .uv where file == "uv.lock", .pylock:
            let project = try Self.project(projectFile, isNeeded: isSplit)
            guard isSplit else {
                // Read as 'check' will: what belongs to it must be there.
                _ = try ProjectLock.load(path)
                try self.init(lock: shown, project, remarks)
                return
            }
            remarks.append("versions are resolved anew: '\(file)' locks the project as one layer, without --split")
            try self.init(project?.requirements ?? [], project, isSplit: true, path, remarks)
        case .uv:
            let project = try Self.project(path, isNeeded: true)
            if !isSplit, FileManager.default.fileExists(atPath: folder == "." ? "uv.lock" : "\(folder)/uv.lock") {
                remarks.append("versions are resolved anew; '--from uv.lock' takes what is locked")
            }
            try self.init(project?.requirements ?? [], project, isSplit: isSplit, path, remarks)
        case .requirements:
            let text = try Self.text(path)
            let project = try? Self.project(projectFile, isNeeded: false)
            if text.contains("--hash="), !isSplit {
                _ = try ProjectLock.load(path)
                try self.init(lock: shown, project, remarks)
                return
            }
            var requirements: [Requirement] = []
            for (number, line) in Self.lines(text) {
                if let left = try Self.take(line, path, number, into: &requirements) { remarks.append(left) }
            }
            try self.init(requirements, project, isSplit: isSplit, path, remarks)
        case nil:
            throw StrataError(
                .configuration, "'\(path)' is none of the files that are known by their names",
                hint: "name a requirements.txt, a pyproject.toml, a uv.lock or a pylock.toml")
        }
    }

    private init(lock shown: String?, _ project: Project?, _ remarks: [String]) throws(StrataError) {
        guard let shown else {
            throw StrataError(
                .configuration, "the lock is not below the configuration's folder",
                hint: "write the configuration where the project is")
        }
        name = project?.name
        targets = project?.targets
        layers = [.locked(try Self.layerName(project?.name), path: shown)]
        self.remarks = remarks + ["one layer of all that '\(shown)' locks; --split makes one of each requirement"]
    }

    private init(
        _ requirements: [Requirement], _ project: Project?, isSplit: Bool, _ path: String, _ remarks: [String]
    ) throws(StrataError) {
        guard !requirements.isEmpty else {
            throw StrataError(
                .configuration, "'\(path)' asks for no package that could be a layer",
                hint: remarks.isEmpty ? nil : remarks.joined(separator: "; "))
        }
        name = project?.name
        targets = project?.targets
        if isSplit {
            layers = ConfigurationDraft.Layer.each(of: requirements)
            self.remarks = remarks + ["a layer for each requirement: a function can have five at most"]
        } else {
            layers = [.group(try Self.layerName(project?.name), requirements)]
            self.remarks =
                remarks + [
                    "one layer of the project's \(count(requirements.count, "requirement")); --split makes one of each"
                ]
        }
    }

    /// The project's name as a layer's; `app` if it has none.
    private static func layerName(_ name: String?) throws(StrataError) -> LayerName {
        let package = name.flatMap { PackageName($0) }?.text.prefix(64) ?? "app"
        guard let layer = LayerName(String(package)) else {
            throw StrataError(.configuration, "'\(package)' cannot be the name of a layer")
        }
        return layer
    }
}

/// The part of a `pyproject.toml` that says what the project is.
/// https://packaging.python.org/en/latest/specifications/pyproject-toml/
private struct Project {
    var name: String?
    var requirements: [Requirement] = []
    var targets: [Target]?
}

extension ProjectPackages {
    private static func text(_ path: String) throws(StrataError) -> String {
        do { return try BoundedFile.text(path, limit: limit) } catch {
            throw StrataError(.configuration, error.message, hint: error.hint, cause: error)
        }
    }

    /// - Returns: nil if there is no such file and none is needed.
    private static func project(_ path: String, isNeeded: Bool) throws(StrataError) -> Project? {
        guard isNeeded || FileManager.default.fileExists(atPath: path) else { return nil }
        // Tools have tables of their own, in whatever TOML they like.
        let lines = try text(path).split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        guard let start = lines.firstIndex(where: { $0.trimmingSpaces == "[project]" }) else {
            guard isNeeded else { return nil }
            throw StrataError(
                .configuration, "'\(path)' has no table [project], where dependencies are",
                hint: "export the list with the project's own tool, and name the requirements.txt")
        }
        let end = lines[(start + 1)...].firstIndex { $0.hasPrefix("[") } ?? lines.endIndex
        let table: [String: TOMLValue]
        do {
            table = try TOMLDocument.parse(lines[start..<end].joined(separator: "\n"), file: path)
        } catch {
            guard isNeeded else { return nil }
            throw StrataError(
                .configuration, "the table [project] of '\(path)' is not understood",
                hint: "'uv export -o requirements.txt' writes what it asks for", cause: error)
        }
        guard case .table(let members)? = table["project"] else { return Project() }
        var project = Project()
        if case .string(let name)? = members["name"] { project.name = name }
        if case .string(let text)? = members["requires-python"], let allowed = VersionSpecifiers(text) {
            let targets = Target.buildable.filter { target in
                target.architecture == .x86_64
                    && PackageVersion("\(target.python).99").map { allowed.contains($0) } == true
            }
            // The newest that is neither a preview nor old.
            let usual = targets.last { $0 <= ConfigurationDraft.standardTargets[0] } ?? targets.first
            project.targets = usual.map { [$0] }
        }
        if case .array(let list)? = members["dependencies"] {
            for case .string(let text) in list { project.requirements.append(try Requirement(parsing: text)) }
        }
        return project
    }

    /// The lines of a `requirements.txt`, continued ones joined, comments taken off, with their numbers.
    private static func lines(_ text: String) -> [(Int, String)] {
        var found: [(Int, String)] = []
        var joined = ""
        var start = 1
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            if joined.isEmpty { start = index + 1 }
            let isComment = line.trimmingSpaces.hasPrefix("#")
            let bare = isComment ? "" : line.firstRange(of: " #").map { line[..<$0.lowerBound] } ?? line
            if bare.hasSuffix("\\") {
                joined += bare.dropLast() + " "
                continue
            }
            found.append((start, (joined + bare).trimmingSpaces))
            joined = ""
        }
        if !joined.isEmpty { found.append((start, joined.trimmingSpaces)) }
        return found.filter { !$0.1.isEmpty }
    }

    /// - Returns: what is left out, for people.
    private static func take(
        _ line: String, _ path: String, _ number: Int, into requirements: inout [Requirement]
    ) throws(StrataError) -> String? {
        if line.hasPrefix("-") {
            // The value may hold a password.
            return "line \(number) is left out: '\(line.prefix { $0 != " " && $0 != "=" })' is an option"
        }
        let isAddress = [".", "/"].contains { line.hasPrefix($0) } || line.contains("://")
        if isAddress { return "line \(number) is left out: it names an address, not a release" }
        let bare = line.firstRange(of: " --").map { line[..<$0.lowerBound].trimmingSpaces } ?? line
        do {
            let requirement = try Requirement(parsing: bare)
            if !requirements.contains(requirement) { requirements.append(requirement) }
        } catch {
            throw StrataError(
                .configuration, error.message, hint: error.hint, place: .init(file: path, line: number), cause: error)
        }
        return nil
    }
}
