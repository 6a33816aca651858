import ArgumentParser
import FoundationEssentials
import Model
import Packaging
import Publishing
import Settings

/// `strata build`
struct BuildCommand: StrataCommand {
    static let configuration = CommandConfiguration(
        commandName: "build", abstract: "Build layers to a folder; publish nothing.",
        discussion: """
            Writes OUTPUT/{target}/{layer}.zip. Needs no credentials, no ledger and no repository.

            With --from, what a project has locked becomes a layer, without a configuration:
            strata build --from uv.lock --target python3.12 -o layer.zip
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "The layers; all if none is named. A path such as 'out/' is the folder for the zips.")
    var arguments: [String] = []
    @Option(
        name: [.short, .long], help: "The folder for the zips; 'layers' if none is named. With --from, the zip.",
        completion: .file())
    var output: String?
    @Option(help: "Build for this target only; may be repeated.") var target: [String] = []
    @Option(
        help: "A uv.lock, a pylock.toml or a requirements.txt with hashes: what it locks is built, and nothing else.",
        completion: .file())
    var from: String?
    @Option(help: "With --from: a dependency group beside the project's own dependencies; may be repeated.")
    var group: [String] = []
    @Option(help: "With --from: an extra of the project; may be repeated.") var extra: [String] = []
    @Option(
        help: "A file for one layer as a container image (a tar of an OCI layout), which may be larger than a layer.",
        completion: .file(extensions: ["tar"]))
    var image: String?
    @Flag(help: "Print what was built as JSON.") var json = false

    /// Names of layers hold neither slashes nor dots at their beginning.
    private var folders: [String] { arguments.filter { $0.contains("/") || $0.hasPrefix(".") } }

    func validate() throws {
        if from != nil {
            guard arguments.isEmpty else { throw ValidationError("--from builds one layer, which has no name") }
            guard target.count == 1 else { throw ValidationError("--from needs one --target, such as python3.12") }
            return
        }
        guard group.isEmpty, extra.isEmpty else { throw ValidationError("--group and --extra go with --from") }
        guard folders.count + (output == nil ? 0 : 1) <= 1 else {
            throw ValidationError("name one folder for the zips")
        }
    }

    func run(console: Console) async throws -> ExitStatus {
        if let from { return try await buildLock(from, console) }
        let output = folders.first ?? output ?? "layers"
        let assembly = try await common.assembly(console)
        let desired = await assembly.withCompilers(assembly.desired)
        let chosen = try desired.chosen(layers: arguments.filter { !folders.contains($0) }, targets: target)
        guard image == nil || chosen.count == 1 else {
            throw StrataError(
                .configuration, "--image takes one layer for one target, and these are \(chosen.count)",
                hint: "name the layer, and the target with --target")
        }
        let service = assembly.buildService(asImage: image != nil)
        let job = BuildJob(service: service, console: console, image: image) { item in
            "\(output)/\(item.target)/\(item.layer).zip"
        }
        return try await job.run(chosen, desired).show(console, json: json)
    }

    /// What a project has locked, as one layer.
    private func buildLock(_ path: String, _ console: Console) async throws -> ExitStatus {
        let environment = ProcessInfo.processInfo.environment
        let lock = try ProjectLock.load(path, groups: group.map(Self.name), extras: extra.map(Self.name))
        let output = output.map { $0.hasSuffix("/") ? $0 + "layer.zip" : $0 } ?? "layer.zip"
        guard let name = LayerName("layer"), let target = try target.map(Target.init(buildable:)).first else {
            throw StrataError(.inconsistent, "the layer has no name")
        }
        let layer = DesiredLayer(
            name: name, requires: [], targets: [target], checks: Checks(hold: false), lock: lock)
        let cache = try Places.cache(nil, environment)
        let worker = BuildWorker(
            environment: environment, index: Packaging.IndexSettings(environment: environment), cache: cache,
            builds: "\(cache)/builds", asImage: image != nil,
            interpreters: Interpreters(named: [:], environment: environment), now: { WallClock.now })
        let job = BuildJob(service: worker.service, console: console, image: image) { _ in output }
        return try await job.run(
            [ResolveRequest(item: Item(name, target), requires: [], lock: lock)], layers: [layer]
        ).show(console, json: json)
    }

    private static func name(_ text: String) throws -> PackageName {
        guard let name = PackageName(text) else {
            throw StrataError(.configuration, "'\(text.prefix(80))' is not the name of a group or an extra")
        }
        return name
    }
}

extension Desired {
    /// The requests for the layers and targets named; all if none is.
    fileprivate func chosen(layers names: [String], targets: [String]) throws -> [ResolveRequest] {
        let wantedTargets = try targets.map(Target.init(buildable:))
        for name in names where layer(LayerName(name) ?? layers[0].name)?.name.text != name {
            throw StrataError(
                .configuration, "there is no layer '\(name)' in the configuration",
                hint: "one of \(layers.prefix(12).map(\.name.text).joined(separator: ", "))")
        }
        return layers.filter { names.isEmpty || names.contains($0.name.text) }.flatMap { layer in
            layer.targets.filter { wantedTargets.isEmpty || wantedTargets.contains($0) }
                .map { request(for: layer, $0) }
        }
    }
}

extension Target {
    /// A target by its name.
    fileprivate init(buildable text: String) throws {
        guard let target = Target(text), target.platform != nil else {
            throw StrataError(
                .configuration, "there is no target '\(text)'",
                hint: "one of \(Target.buildable.map(\.description).joined(separator: ", "))")
        }
        self = target
    }
}
