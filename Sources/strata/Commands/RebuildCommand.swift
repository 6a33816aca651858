import ArgumentParser
import Consuming
import FoundationEssentials
import Model
import Packaging
import Synchronization

/// `strata rebuild`
struct RebuildCommand: StrataCommand {
    static let configuration = CommandConfiguration(
        commandName: "rebuild", abstract: "Make a listed build again, and compare the bytes.",
        discussion: """
            Downloads the wheels that the build's lock names, by their addresses and digests, and splices them as the \
            build's options say; needs no AWS, no ledger and no configuration. What strangers wrote is read in a process \
            of its own that is shut in. Exits with 1 if the bytes are others than the registry lists.
            """)

    @OptionGroup var common: ConsumerOptions
    @OptionGroup var source: RegistryOptions
    @OptionGroup var build: BuildArguments
    @Option(name: [.short, .long], help: "Keep the zip here.", completion: .file()) var output: String?
    @Option(help: "The Python that compiles the modules of a build with bytecode.", completion: .file())
    var python: String?
    @Flag(help: "Read a registry that shows an earlier revision than was read here before.") var allowOlder = false
    @Flag(help: "Print JSON.") var json = false

    func run(console: Console) async throws -> ExitStatus {
        let checked = try await source.checked(allowsOlder: allowOlder)
        let (build, artifact) = try await build.listed(in: checked.catalog)
        try refuseOtherRecipe(artifact, build.item)
        try refuseFolders(artifact, build.item)
        let environment = ProcessInfo.processInfo.environment
        let folder = FileManager.default.temporaryDirectory.appending(path: "strata-rebuild-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let order = BuildOrder(
            item: build.item, buildNumber: build.buildNumber, version: build.version, lock: artifact.lock,
            options: artifact.options, requirements: build.requirements, checks: Checks(hold: false), isNew: false)
        let made = try await make(order, in: folder, environment)
        let isSame = made.sha256 == artifact.sha256
        if let output { try await PlacedLayer.copy(made.path, sha256: made.sha256, to: output) }
        let verdict = Verdict(
            item: build.item, build: build.buildNumber, kind: isSame ? .same : .different, recipe: artifact.recipe,
            listed: artifact.sha256, made: made.sha256, isSigned: checked.trusted != nil)
        if json { try console.print(json: verdict) } else { console.print(verdict.text) }
        return isSame ? .done : .failed
    }

    private func make(
        _ order: BuildOrder, in folder: String, _ environment: [String: String]
    ) async throws -> BuiltLayer {
        let interpreters = Interpreters(
            named: python.map { [order.item.target: $0] } ?? [:], environment: environment)
        let prover = ImportProver(
            executable: Host.executable, interpreters: interpreters, environment: environment)
        let configuration = BuilderConfiguration(
            index: IndexSettings(environment: environment),
            cacheDirectory: source.wheelCache(environment) ?? "\(folder)/cache",
            now: WallClock.now)
        let client = WorkerClient(executable: Host.executable, environment: environment)
        let result = Mutex<Result<BuiltLayer, StrataError>?>(nil)
        // A folder of its own: what an earlier build left somewhere proves nothing.
        try await client.build([order], into: "\(folder)/built", configuration, proving: prover) { _, outcome in
            result.withLock { $0 = outcome }
        }
        guard let built = result.withLock({ $0 }) else { throw StrataError(.tool, "the worker answered nothing") }
        return try built.get()
    }

    private func refuseOtherRecipe(_ artifact: Build.Artifact, _ item: Item) throws {
        guard artifact.recipe != Recipe.current else { return }
        throw StrataError(
            .unsupported,
            "the build was made by recipe \(artifact.recipe), and Strata \(strataVersion) makes recipe \(Recipe.current)",
            hint: artifact.recipe > Recipe.current
                ? "use a newer Strata: one whose 'strata version --json' says recipe \(artifact.recipe)"
                : "use an older Strata: one whose 'strata version --json' says recipe \(artifact.recipe); the trailer "
                    + "Strata-Version of the commit that brought the build names it",
            place: item.place)
    }

    /// A registry may name any place, and this is not its machine.
    private func refuseFolders(_ artifact: Build.Artifact, _ item: Item) throws {
        let wheels = artifact.lock.wheels.filter { !$0.url.hasPrefix("https://") && !$0.url.hasPrefix("http://") }
        let files = artifact.options.files.flatMap(\.pins).filter(\.isLocal)
        guard let name = wheels.first?.fileName ?? files.first?.name else { return }
        throw StrataError(
            .unsupported, "the registry does not say where to download \(name)",
            hint: "it came from a folder of the maintainers: only they can make the build again", place: item.place)
    }

    private struct Verdict: Encodable {
        enum Kind: String, Encodable { case same, different }
        let item: Item
        let build: Int
        let kind: Kind
        let recipe: Int
        let listed: ContentDigest
        let made: ContentDigest
        /// Whether the registry's checkpoint vouches for the digest that is listed.
        let isSigned: Bool

        var text: String {
            let place = "\(item) build \(build)"
            guard kind == .different else { return "\(place): made again, the same bytes (sha256 \(made))" }
            return "\(place): made again, and NOT the same: \(listed) is listed, \(made) was made (recipe \(recipe))"
        }
    }
}

extension RegistryOptions {
    /// Where wheels are kept, as runs keep them.
    fileprivate func wheelCache(_ environment: [String: String]) -> String? {
        cacheFolder(environment).map { String($0.dropLast("/registries".count)) }
    }
}
