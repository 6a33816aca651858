import ArgumentParser
import FoundationEssentials
import Model
import Packaging
import Publishing
import Synchronization

/// `strata build`
struct BuildCommand: StrataCommand {
    static let configuration = CommandConfiguration(
        commandName: "build", abstract: "Build layers to a folder; publish nothing.",
        discussion: "Writes OUTPUT/{target}/{layer}.zip. Needs no credentials, no ledger and no repository.")

    @OptionGroup var common: CommonOptions
    @Argument(help: "The layers; all if none is named. A path such as 'out/' is the folder for the zips.")
    var arguments: [String] = []
    @Option(name: [.short, .long], help: "The folder for the zips; 'layers' if none is named.", completion: .directory)
    var output: String?
    @Option(help: "Build for this target only; may be repeated.") var target: [String] = []
    @Flag(help: "Print what was built as JSON.") var json = false

    /// Names of layers hold neither slashes nor dots at their beginning.
    private var folders: [String] { arguments.filter { $0.contains("/") || $0.hasPrefix(".") } }

    func validate() throws {
        guard folders.count + (output == nil ? 0 : 1) <= 1 else {
            throw ValidationError("name one folder for the zips")
        }
    }

    func run(console: Console) async throws -> ExitStatus {
        let output = folders.first ?? output ?? "layers"
        let layers = arguments.filter { !folders.contains($0) }
        let targets = target
        let assembly = try await common.assembly(console)
        let desired = await assembly.withCompilers(assembly.desired)
        let chosen = try desired.chosen(layers: layers, targets: targets)
        let progress = ProgressView(console)
        progress.take(.began(.resolve, count: chosen.count))
        let buildService = assembly.buildService()
        let outcomes = try await buildService.resolve(chosen) { progress.take(.resolved($0)) }
        let results = Results()
        var found: [Item: [String]] = [:]
        for (item, outcome) in outcomes {
            switch outcome {
            case .locked(let resolved):
                found[item] = resolved.remarks + (desired.layer(item.layer)?.remarks(on: item.target) ?? [])
            case .refused(let reason), .failed(let reason): results.refuse(item, reason)
            }
        }
        let remarks = found
        let orders = chosen.compactMap { request -> BuildOrder? in
            guard case .locked(let resolved) = outcomes[request.item],
                let layer = desired.layer(request.item.layer)
            else { return nil }
            let version = request.requires.lazy.compactMap { resolved.lock.wheel(of: $0.package)?.version }.first
            return BuildOrder(
                item: request.item, buildNumber: 0, version: version ?? "0", lock: resolved.lock,
                options: layer.options(for: request.item.target),
                requirements: layer.requires.map(\.description), checks: layer.checks, isNew: true)
        }
        try await buildService.build(orders) { order, result in
            do {
                let built = try result.get()
                let path = try await place(built, of: order, in: output)
                progress.take(.built(order.item, version: order.version, buildNumber: 0, zipped: built.zipped))
                results.add(order, built, path, remarks: remarks[order.item] ?? [])
            } catch {
                let failure = StrataError.wrapping(error, .file, "\(error)")
                progress.take(
                    .buildFailed(.init(item: order.item, region: nil, reason: failure.message, hint: failure.hint)))
                results.refuse(order.item, failure.reason)
            }
        }
        progress.finish()
        let done = results.sorted
        if json { try console.print(json: done) } else { console.print(done.text(console)) }
        return done.refused.isEmpty ? .done : .failed
    }
}

extension StrataError {
    /// What failed and what to do, beside a place that is told already.
    fileprivate var reason: String {
        [place.file, message].compactMap(\.self).joined(separator: ": ") + (hint.map { "; \($0)" } ?? "")
    }
}

/// Puts a zip where its user looks for it. The build's own copy stays for the next run.
private func place(_ built: BuiltLayer, of order: BuildOrder, in folder: String) async throws -> String {
    let path = "\(folder)/\(order.item.target)/\(order.item.layer).zip"
    try await PlacedLayer.copy(built.path, sha256: built.sha256, to: path)
    return path
}

/// What a build command came to.
private final class Results: Sendable {
    private let built = Mutex<[BuildSummary.Built]>([])
    private let refused = Mutex<[BuildSummary.Refused]>([])

    func add(_ order: BuildOrder, _ layer: BuiltLayer, _ path: String, remarks: [String]) {
        built.withLock {
            $0.append(
                .init(
                    item: order.item, version: order.version, path: path, sha256: layer.sha256, zipped: layer.zipped,
                    unzipped: layer.unzipped, remarks: remarks, findings: layer.findings ?? [], imports: layer.imports))
        }
    }

    func refuse(_ item: Item, _ reason: String) { refused.withLock { $0.append(.init(item: item, reason: reason)) } }

    var sorted: BuildSummary {
        BuildSummary(
            built: built.withLock { $0.sorted { $0.item < $1.item } },
            refused: refused.withLock { $0.sorted { $0.item < $1.item } })
    }
}

private struct BuildSummary: Encodable, Sendable {
    struct Built: Encodable, Sendable {
        let item: Item
        let version: String
        let path: String
        let sha256: ContentDigest
        let zipped: ByteCount
        let unzipped: ByteCount
        /// What is worth telling of how it was resolved: releases that were passed over.
        let remarks: [String]
        /// What the checks say, the worst first.
        let findings: [Finding]
        /// What came of importing its modules, if that was asked for.
        let imports: ImportProof?
    }
    struct Refused: Encodable, Sendable {
        let item: Item
        let reason: String
    }
    let built: [Built]
    let refused: [Refused]

    func text(_ console: Console) -> String {
        var lines: [String] = []
        for layer in built {
            lines.append(
                "\(layer.path)  \(layer.version)  \(layer.zipped) (\(layer.unzipped) unzipped)  sha256 \(layer.sha256)")
            lines += layer.remarks.map { console.paint("    \($0)", .dim) }
            if let imports = layer.imports { lines.append(console.paint("    \(imports.text)", .dim)) }
            lines += layer.findings.map { $0.line(console) }
        }
        lines += refused.map { console.paint("! ", .red) + "\($0.item): \($0.reason)" }
        lines.append("Built \(count(built.count, "layer")), refused \(refused.count).")
        return lines.joined(separator: "\n")
    }
}

extension Desired {
    /// The requests for the layers and targets named; all if none is.
    fileprivate func chosen(layers names: [String], targets: [String]) throws -> [ResolveRequest] {
        let wantedTargets = try targets.map { text in
            guard let target = Target(text), target.platform != nil else {
                throw StrataError(
                    .configuration, "there is no target '\(text)'",
                    hint: "one of \(Target.buildable.map(\.description).joined(separator: ", "))")
            }
            return target
        }
        for name in names where layer(LayerName(name) ?? layers[0].name)?.name.text != name {
            throw StrataError(
                .configuration, "there is no layer '\(name)' in the configuration",
                hint: "one of \(layers.prefix(12).map(\.name.text).joined(separator: ", "))")
        }
        return layers.filter { names.isEmpty || names.contains($0.name.text) }.flatMap { layer in
            layer.targets.filter { wantedTargets.isEmpty || wantedTargets.contains($0) }
                .map { ResolveRequest(item: Item(layer.name, $0), requires: layer.requires) }
        }
    }
}
