import FoundationEssentials
import Model
import Packaging
import Publishing
import Synchronization

/// Builds layers and puts their zips where their user wants them.
struct BuildJob: Sendable {
    let service: BuildService
    let console: Console
    /// Where the layer is wanted as an image.
    var image: String?
    /// Where an item's zip goes; nil leaves it among the builds.
    let place: @Sendable (Item) -> String?

    func run(_ requests: [ResolveRequest], _ desired: Desired) async throws -> BuildSummary {
        try await run(requests, layers: desired.layers)
    }

    func run(_ requests: [ResolveRequest], layers: [DesiredLayer]) async throws -> BuildSummary {
        let progress = ProgressView(console)
        progress.take(.began(.resolve, count: requests.count))
        let outcomes = try await service.resolve(requests) { progress.take(.resolved($0)) }
        let layers = Dictionary(layers.map { ($0.name, $0) }) { first, _ in first }
        let results = Results()
        var found: [Item: [String]] = [:]
        for (item, outcome) in outcomes {
            switch outcome {
            case .locked(let resolved):
                found[item] = resolved.remarks + (layers[item.layer]?.remarks(on: item.target) ?? [])
            case .refused(let reason), .failed(let reason): results.refuse(item, reason)
            }
        }
        let remarks = found
        let orders = requests.compactMap { request -> BuildOrder? in
            guard case .locked(let resolved) = outcomes[request.item],
                let layer = layers[request.item.layer]
            else { return nil }
            return BuildOrder(
                item: request.item, buildNumber: 0,
                version:
                    resolved.lock.version(for: layer.requires, files: layer.options.files),
                lock: resolved.lock, options: layer.options(for: request.item.target),
                requirements: layer.requirements(in: resolved.lock),
                checks: layer.checks, held: resolved.held, isNew: true)
        }
        try await service.build(orders) { order, result in
            do {
                let built = try result.get()
                let path = try await put(built, of: order.item)
                progress.take(.built(order.item, version: order.version, buildNumber: 0, zipped: built.zipped))
                results.add(order, built, path, image: image, remarks: remarks[order.item] ?? [])
            } catch {
                let failure = StrataError.wrapping(error, .file, "\(error)")
                progress.take(
                    .buildFailed(.init(item: order.item, region: nil, reason: failure.message, hint: failure.hint)))
                results.refuse(order.item, failure.reason)
            }
        }
        progress.finish()
        return results.sorted
    }

    /// Puts a zip where its user looks for it. The build's own copy stays for the next run.
    ///
    /// - Returns: where it is. What is too large for a layer is there as an image only.
    private func put(_ built: BuiltLayer, of item: Item) async throws -> String {
        if let image, let made = built.image {
            defer { try? FileManager.default.removeItem(atPath: made.path) }
            try await PlacedLayer.copy(made.path, sha256: made.sha256, to: image)
            if built.unzipped > LayerLimits.unzipped { return image }
        }
        guard let path = place(item) else { return built.path }
        try await PlacedLayer.copy(built.path, sha256: built.sha256, to: path)
        return path
    }
}

extension StrataError {
    /// What failed and what to do, beside a place that is told already.
    fileprivate var reason: String {
        [place.file, message].compactMap(\.self).joined(separator: ": ") + (hint.map { "; \($0)" } ?? "")
    }
}

/// What a build command came to.
private final class Results: Sendable {
    private let built = Mutex<[BuildSummary.Built]>([])
    private let refused = Mutex<[BuildSummary.Refused]>([])

    func add(_ order: BuildOrder, _ layer: BuiltLayer, _ path: String, image: String?, remarks: [String]) {
        let image = image.flatMap { path in
            layer.image.map { BuiltImage(path: path, sha256: $0.sha256, size: $0.size) }
        }
        built.withLock {
            $0.append(
                .init(
                    item: order.item, version: order.version, path: path, sha256: layer.sha256, zipped: layer.zipped,
                    unzipped: layer.unzipped,
                    packages: layer.packages.map {
                        .init(name: $0.name, version: $0.version, license: $0.license)
                    }, remarks: remarks, findings: layer.findings ?? [], imports: layer.imports, image: image))
        }
    }

    func refuse(_ item: Item, _ reason: String) { refused.withLock { $0.append(.init(item: item, reason: reason)) } }

    var sorted: BuildSummary {
        BuildSummary(
            built: built.withLock { $0.sorted { $0.item < $1.item } },
            refused: refused.withLock { $0.sorted { $0.item < $1.item } })
    }
}

struct BuildSummary: Encodable, Sendable {
    struct Package: Codable, Sendable, Hashable {
        let name: PackageName
        let version: String
        let license: String?
    }
    struct Built: Encodable, Sendable {
        let item: Item
        let version: String
        let path: String
        let sha256: ContentDigest
        let zipped: ByteCount
        let unzipped: ByteCount
        /// All that it holds, sorted by name.
        let packages: [Package]
        /// What is worth telling of how it was resolved: releases that were passed over.
        let remarks: [String]
        /// What the checks say, the worst first.
        let findings: [Finding]
        /// What came of importing its modules, if that was asked for.
        let imports: ImportProof?
        /// The same as a container image, where that was asked for.
        let image: BuiltImage?
    }
    struct Refused: Encodable, Sendable {
        let item: Item
        let reason: String
    }
    let built: [Built]
    let refused: [Refused]

    /// Prints it.
    func show(_ console: Console, json: Bool) throws -> ExitStatus {
        if json { try console.print(json: self) } else { console.print(text(console)) }
        return refused.isEmpty ? .done : .failed
    }

    private func text(_ console: Console) -> String {
        var lines: [String] = []
        for layer in built {
            lines.append(
                "\(layer.path)  \(layer.version)  \(layer.zipped) (\(layer.unzipped) unzipped)  sha256 \(layer.sha256)")
            if let image = layer.image {
                lines.append("    image \(image.path)  \(image.size)  sha256 \(image.sha256)")
            }
            lines += layer.remarks.map { console.paint("    \($0)", .dim) }
            if let imports = layer.imports { lines.append(console.paint("    \(imports.text)", .dim)) }
            lines += layer.findings.map { $0.line(console) }
        }
        lines += refused.map { console.paint("! ", .red) + "\($0.item): \($0.reason)" }
        lines.append("Built \(count(built.count, "layer")), refused \(refused.count).")
        return lines.joined(separator: "\n")
    }
}
