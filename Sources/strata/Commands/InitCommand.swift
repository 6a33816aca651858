import ArgumentParser
import Files
import FoundationEssentials
import Model
import Settings

/// `strata init`
struct InitCommand: StrataCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Write a strata.yaml to begin with, and what runs it.",
        discussion: """
            Without options: a commented file with every choice. With --guided: six questions, and a short file of the \
            answers. With --from: a layer of what a project asks for. With --ci: the workflow, the crontab's line or the \
            unit beside it; a configuration that is there already stays as it is.
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var argument: ConfigurationArgument
    @Flag(help: "Ask six questions at the terminal.") var guided = false
    @Option(
        help: "A requirements.txt, pyproject.toml, uv.lock or pylock.toml: one layer of what the project asks for.",
        completion: .file())
    var from: String?
    @Flag(help: "With --from: a layer for each requirement instead of one for the project.") var split = false
    @Option(help: "Also write what runs it: github, gitlab, cron or systemd.") var ci: Automation?
    @Option(help: "With --ci github or gitlab: the address of the archive of Strata that is run there.")
    var archive: String?
    @Option(help: "With --archive: its SHA-256.") var sha256: String?
    @Flag(help: "Replace files that are there.") var force = false

    func validate() throws {
        guard !split || from != nil else { throw ValidationError("--split goes with --from") }
        guard (archive == nil) == (sha256 == nil) else { throw ValidationError("--archive and --sha256 go together") }
        guard archive == nil || ci == .github || ci == .gitlab else {
            throw ValidationError("--archive goes with --ci github or --ci gitlab")
        }
    }

    func run(console: Console) async throws -> ExitStatus {
        let path = common.with(argument).config
        let archive = try archive.map { try Automation.Archive(url: $0, sha256: sha256 ?? "") }
        let isKept = ci != nil && !guided && from == nil && FileManager.default.fileExists(atPath: path)
        let text = isKept ? nil : try await configuration(path, console)
        let files =
            try (text.map { [NewFile(path: path, text: $0)] } ?? [])
            + (ci?.files(beside: path, archive: archive) ?? [])
        // As it is before: what is written now is nobody's own.
        let next = ci?.next(beside: path, archive: archive) ?? []
        try NewFile.write(files, force: force)
        for file in files { console.note("Wrote \(file.path)") }
        for line in next { console.note(line) }
        if text != nil {
            console.note("Look at \(path), then at what would happen with 'strata plan'.")
        } else {
            console.note("\(path) stays as it is.")
        }
        return .done
    }

    /// The text of the configuration, which has been read as `check` reads it.
    private func configuration(_ path: String, _ console: Console) async throws -> String {
        guard guided || from != nil else { return ProjectSettings.template }
        var draft = ConfigurationDraft()
        draft.name = Self.folderName(of: path) ?? draft.name
        draft.rebuildsLedger = ci == .github || ci == .gitlab
        if let from {
            let project = try ProjectPackages(from, from: Self.reached(from, from: path), isSplit: split)
            draft.layers = project.layers
            draft.name = project.name.map { "\($0) layers" } ?? draft.name
            draft.targets = project.targets ?? draft.targets
            for remark in project.remarks { console.note("· \(remark)") }
        }
        if guided { draft = try await Interview(console: console, draft: draft).run() }
        let text = draft.yaml
        _ = try ProjectSettings.read(Array(text.utf8), as: path)
        return text
    }

    /// What the folder of a configuration is called, if that can be a registry's name.
    private static func folderName(of path: String) -> String? {
        let folder = URL(filePath: Path.parent(of: path), directoryHint: .isDirectory).absoluteURL.standardized
            .lastPathComponent
        guard !folder.isEmpty, folder != "/", (try? Answer.name(folder)) != nil else { return nil }
        return folder
    }

    /// A file's path from the configuration's folder; nil if it is not below that.
    private static func reached(_ file: String, from configuration: String) -> String? {
        func absolute(_ path: String) -> [String] {
            URL(filePath: path).absoluteURL.standardized.path.split(separator: "/").map(String.init)
        }
        let folder = absolute(Path.parent(of: configuration))
        let parts = absolute(file)
        guard parts.starts(with: folder), parts.count > folder.count else { return nil }
        return parts.dropFirst(folder.count).joined(separator: "/")
    }
}
