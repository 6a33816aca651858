import FoundationEssentials
import Testing

/// A user's folder with a configuration in it, and a home beside it. Removed with its last reference.
final class Workplace: Sendable {
    let folder: String
    /// Where this user's cache is.
    let cache: String

    /// - Parameter hasOwnCache: true for a cold cache that nobody else writes to.
    init(_ configuration: Configuration? = nil, hasOwnCache: Bool = false) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "strata-e2e-\(UUID().uuidString)").path
        cache = hasOwnCache ? "\(folder)/cache" : Program.sharedCache
        for name in ["home", "tmp"] {
            try FileManager.default.createDirectory(atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
        }
        if let configuration { try write("strata.yaml", configuration.text) }
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// Runs Strata here.
    func strata(_ arguments: String..., environment: [String: String] = [:]) async throws -> Outcome {
        try await command(arguments, environment: environment).run()
    }

    /// Strata with these arguments, not yet run.
    /// - Parameter shell: what a shell does before it becomes Strata.
    func command(
        _ arguments: [String], environment: [String: String] = [:], shell: String? = nil
    ) throws -> Command {
        let program = [try Program.path()] + arguments
        let prefix = shell.map { ["/bin/bash", "-c", $0 + "; exec \"$0\" \"$@\""] } ?? []
        return Command(
            arguments: prefix + program, environment: variables.merging(environment) { $1 }, folder: folder)
    }

    /// Runs another program here; it must succeed.
    @discardableResult
    func run(_ arguments: String..., environment: [String: String] = [:]) async throws -> String {
        let variables = self.variables.merging(["GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C"]) { $1 }
            .merging(environment) { $1 }
        let outcome = try await Command(arguments: arguments, environment: variables, folder: folder).run()
        try #require(outcome.code == 0, "\(arguments): \(outcome.error)\(outcome.output)")
        return outcome.output
    }

    private var variables: [String: String] {
        // What a command that is killed cannot remove goes with this folder.
        let own = ["HOME": "\(folder)/home", "TMPDIR": "\(folder)/tmp", "STRATA_CACHE": cache]
        return Program.environment.merging(own) { $1 }
    }

    // MARK: - Files

    func write(_ name: String, _ text: String) throws {
        let url = URL(filePath: "\(folder)/\(name)")
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
    }

    func bytes(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(filePath: "\(folder)/\(name)"))) }

    func text(_ name: String) throws -> String { String(decoding: try bytes(name), as: UTF8.self) }

    /// All files below a folder, sorted; none if it is not there.
    func files(_ name: String) throws -> [String] {
        guard FileManager.default.fileExists(atPath: "\(folder)/\(name)") else { return [] }
        return try FileManager.default.subpathsOfDirectory(atPath: "\(folder)/\(name)").filter {
            var isFolder = false
            let path = "\(folder)/\(name)/\($0)"
            return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && !isFolder
        }.sorted()
    }

    func names(in name: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(name)").sorted()
    }
}

/// What a test's `strata.yaml` says.
struct Configuration: Sendable {
    var layers: [String]
    var targets = ["python3.12", "python3.13"]
    var regions = ["us-east-1", "eu-west-1"]
    /// The address of an index on loopback; nil for the user's own.
    var index: String?
    var publish = "{ provider: local, folder: lambda, prefix: t, visibility: public }"
    var ledger = "sqlite:ledger.sqlite"
    var git = "{ remote: registry.git, author: Test <test@example.invalid> }"
    /// More lines, as they are.
    var more = ""

    var text: String {
        """
        version: 1
        registry: { name: Test layers, url: https://example.invalid/layers }
        targets: [\(targets.joined(separator: ", "))]
        regions: [\(regions.joined(separator: ", "))]
        layers:
        \(layers.map { "  - \($0)" }.joined(separator: "\n"))
        publish: \(publish)
        ledger: \(ledger)
        git: \(git)
        \(index.map { "index: { url: \"\($0)\" }" } ?? "")
        \(more)

        """
    }
}
