import Model
import Packaging
import Publishing
import Synchronization

/// Builds layers and puts their zips where their user wants them.
struct BuildJob: Sendable {
    let service: BuildService
    let console: Console
    /// Where an item's zip goes.
    let place: @Sendable (Item) -> String

    func run(_ requests: [ResolveRequest], _ desired: Desired) async throws -> BuildSummary {
        try await run(requests, layers: desired.layers)
    }

    func run(_ requests: [ResolveRequest], layers: [DesiredLayer]) async throws -> BuildSummary {
        let progress = ProgressView(console)
        progress.take(.began(.resolve, count: requests.count))
        let outcomes = try await service.resolve(requests) { progress.take(.resolved($0)) }
        let results = Results()
        var found: [Item: [String]] = [:]
        for (item, outcome) in outcomes {
            switch outcome {
            case .locked(let resolved): found[item] = resolved.remarks
            case .refused(let reason), .failed(let reason): results.refuse(item, reason)
            }
        }
        let remarks = found
        let orders = requests.compactMap { request -> BuildOrder? in
            guard case .locked(let resolved) = outcomes[request.item],
                let layer = layers.first(where: { $0.name == request.item.layer })
            else { return nil }
            return BuildOrder(
                item: request.item, buildNumber: 0, version: resolved.lock.version(for: layer.requires),
                lock: resolved.lock, options: layer.options, requirements: layer.requirements(in: resolved.lock),
                checks: layer.checks, held: resolved.held, isNew: true)
        }
        try await service.build(orders) { order, result in
            do {
                let built = try result.get()
                let path = place(order.item)
                // The build's own copy stays for the next run.
                try await PlacedLayer.copy(built.path, sha256: built.sha256, to: path)
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
        return results.sorted
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

    func add(_ order: BuildOrder, _ layer: BuiltLayer, _ path: String, remarks: [String]) {
        built.withLock {
            $0.append(
                .init(
                    item: order.item, version: order.version, path: path, sha256: layer.sha256, zipped: layer.zipped,
                    unzipped: layer.unzipped, remarks: remarks, findings: layer.findings ?? []))
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
        var lines = built.flatMap { layer in
            ["\(layer.path)  \(layer.version)  \(layer.zipped) (\(layer.unzipped) unzipped)  sha256 \(layer.sha256)"]
                + layer.remarks.map { console.paint("    \($0)", .dim) }
                + layer.findings.map { $0.line(console) }
        }
        lines += refused.map { console.paint("! ", .red) + "\($0.item): \($0.reason)" }
        lines.append("Built \(count(built.count, "layer")), refused \(refused.count).")
        return lines.joined(separator: "\n")
    }
}
