import Files
import Glibc
import Model
import Tasks
import Wheels

/// Makes layers' zips from locks: wheels from the cache, checked against the target, spliced.
public struct Builder: Sendable {
    private let cache: WheelCache
    let sources: SourceCache?
    private let parallelism: Int
    private let asImage: Bool
    private let limits = Wheels.LayerLimits(brought: RuntimePackages.names)
    /// Those that compile.
    private let interpreters: [Target: Interpreter]

    /// - Parameters:
    ///   - sources: where `files` are kept; nil where no layer has any.
    ///   - parallelism: how many of a layer's wheels are fetched at once.
    ///   - asImage: whether layers become images, too. Then they may be larger than Lambda takes as a layer.
    public init(cache: WheelCache, sources: SourceCache? = nil, parallelism: Int = 8, asImage: Bool = false) {
        self.init(cache: cache, sources: sources, parallelism: parallelism, asImage: asImage, interpreters: [:])
    }

    /// - Parameter interpreters: those that compile.
    init(
        cache: WheelCache, sources: SourceCache? = nil, parallelism: Int = 8, asImage: Bool = false,
        interpreters: [Target: Interpreter]
    ) {
        self.asImage = asImage
        self.cache = cache
        self.sources = sources
        self.parallelism = parallelism
        self.interpreters = interpreters
    }

    /// Builds a layer, or takes the zip that an earlier build left in the folder.
    ///
    /// - Parameters:
    ///   - folder: gets `{key}.zip`, and `{key}.json` with what is in it.
    ///   - progress: told of each wheel when it is at hand; called from several tasks.
    /// - Throws: `badWheel` naming the wheel and, where there is one, the entry; `unbuildable` if the target could not
    ///   load it or wheels disagree; `tooLarge` with what would help; `file`; what downloading comes to.
    public func build(
        _ order: BuildOrder, into folder: String,
        progress: @escaping @Sendable (BuildProgress) -> Void = { _ in }
    ) async throws(StrataError) -> BuildOutcome {
        do {
            try Folder.make(folder, mode: 0o777)
            if let made = try await earlier(order, in: folder) {
                try order.hold(made.findings)
                return try await withImage(made, order, in: folder)
            }
            let wheels = try await fetch(order, progress)
            try LayerInspection(order, wheels).checkRecords()
            if order.checks.licenses != LicensePolicy() {
                try order.hold(order.findings([], Build.Package.packages(of: wheels, in: order, sizes: [:])))
            }
            let unpacked = try await unpackedFiles(of: order, in: folder)
            defer { withExtendedLifetime(unpacked) {} }
            progress(.splicing(order.item))
            let path = "\(folder)/\(order.key).zip"
            let held = try await heldWheels(order)
            let layer = try await splice(order, wheels, held: held, unpacked.additions, to: path, progress)
            do {
                if !asImage { try limits.check(layer) }
            } catch {
                unlink(path)
                throw error
            }
            let outcome = BuildOutcome(layer, of: order, wheels: wheels, path: path)
            try SmallFile.write(outcome, at: "\(folder)/\(order.key).json")
            return try await withImage(outcome, order, in: folder)
        } catch {
            throw StrataError.wrapping(error, .inconsistent, "the layer could not be built").at(order.item.place)
        }
    }

    /// Makes the image where one is asked for. It is not kept beside the record: it follows from the zip.
    private func withImage(
        _ outcome: BuildOutcome, _ order: BuildOrder, in folder: String
    ) async throws -> BuildOutcome {
        guard asImage else { return outcome }
        let path = order.imagePath(in: folder)
        let image = try await LayerImage(zip: outcome.path, item: order.item, version: order.version).write(to: path)
        var outcome = outcome
        outcome.image = BuiltImage(path: path, sha256: image.sha256, size: image.size)
        return outcome
    }

    /// The zip of an earlier build, if it still has the digest that was recorded.
    private func earlier(_ order: BuildOrder, in folder: String) async throws -> BuildOutcome? {
        let path = "\(folder)/\(order.key).zip"
        guard let made = SmallFile.read(BuildOutcome.self, at: "\(folder)/\(order.key).json"),
            made.key == order.key, made.item.target == order.item.target,
            made.inspection == LayerInspection.Mark(order),
            access(path, R_OK) == 0, asImage || made.unzipped <= limits.unzipped
        else { return nil }
        let isIntact = try await offPool { cancellation in
            let file = try WheelFile(path: path, name: path)
            return (try? file.check(sha256: made.sha256, cancellation: cancellation)) != nil
        }
        guard isIntact else { return nil }
        CacheTrim.markUsed(path)
        return made.moved(to: path, for: order)
    }

    private func fetch(
        _ order: BuildOrder, _ progress: @escaping @Sendable (BuildProgress) -> Void
    ) async throws -> [CachedWheel] {
        let counter = Counter()
        let total = order.lock.wheels.count
        let results = await order.lock.wheels.boundedMap(limit: parallelism) { [cache] wheel in
            do throws(StrataError) {
                let cached = try await cache.wheel(wheel)
                progress(.fetched(order.item, done: counter.next(), of: total))
                return Result<CachedWheel, StrataError>.success(cached)
            } catch {
                return .failure(error)
            }
        }
        return try results.map { try $0.get() }
    }

    /// Splices; wheels that were damaged in the cache since they were verified are fetched anew, once.
    private func splice(
        _ order: BuildOrder, _ wheels: [CachedWheel], held: [CachedWheel], _ additions: [LayerAddition],
        to path: String, _ progress: @escaping @Sendable (BuildProgress) -> Void
    ) async throws -> SplicedLayer {
        do {
            return try await splice(order, wheels, held: held, additions, to: path)
        } catch let error as StrataError where [.badWheel, .digestMismatch, .file].contains(error.code) {
            guard await cache.dropDamaged(wheels) else { throw error }
            return try await splice(order, fetch(order, progress), held: held, additions, to: path)
        }
    }

    private func splice(
        _ order: BuildOrder, _ wheels: [CachedWheel], held: [CachedWheel], _ additions: [LayerAddition], to path: String
    ) async throws -> SplicedLayer {
        guard let bytecode = order.options.bytecode else {
            return try await recipe(order, wheels, held, additions, nil).splice(to: path)
        }
        let compiler = try LayerCompiler.Choice(bytecode, interpreters[order.item.target], order.item.target)
        return try await Folder.withTemporary { folder throws(StrataError) in
            do {
                let compiler = LayerCompiler(compiler, in: folder)
                return try await recipe(order, wheels, held, additions, compiler).splice(to: path)
            } catch {
                throw StrataError.wrapping(error, .inconsistent, "the layer could not be built")
            }
        }
    }

    /// What the layers hold that it is used with: their modules are there when this one is loaded.
    private func heldWheels(_ order: BuildOrder) async throws -> [CachedWheel] {
        let results = await (order.held ?? []).boundedMap(limit: parallelism) { [cache] wheel in
            do throws(StrataError) {
                return Result<CachedWheel, StrataError>.success(try await cache.wheel(wheel))
            } catch {
                return .failure(error)
            }
        }
        return try results.map { try $0.get() }
    }

    private func recipe(
        _ order: BuildOrder, _ wheels: [CachedWheel], _ held: [CachedWheel], _ additions: [LayerAddition],
        _ compiler: LayerCompiler?
    ) throws(StrataError) -> LayerRecipe {
        func pattern(_ text: String) throws(StrataError) -> PathPattern {
            guard let pattern = PathPattern(text) else {
                throw StrataError(.configuration, "'\(text.prefix(80))' is not a valid pattern for a layer's files")
            }
            return pattern
        }
        let preferences = try order.options.prefer.map { preference throws(StrataError) in
            LayerPreference(try pattern(preference.pattern), package: preference.package.text)
        }
        var recipe = LayerRecipe(
            wheels: wheels.map(\.source), requirements: order.lock.requirementsText,
            prune: PruneRules(
                kinds: Set(order.options.prune.map(\.rule)), patterns: Set(try order.options.exclude.map(pattern)),
                isSlim: order.options.slim),
            dropOnConflict: Set(try order.options.dropConflicts.map(pattern)), prefer: preferences)
        recipe.programs = order.options.bin
        recipe.additions = additions
        let sorted = wheels.sorted { $0.wheel.package < $1.wheel.package }
        let inspection = try LayerInspection(order, sorted, held: held)
        recipe.inspect = { listing, sources in
            let (findings, reached) = try inspection.judge(listing, sources)
            try order.hold(findings)
            compiler?.reached.withLock { $0 = reached }
            return findings
        }
        recipe.derivation = compiler?.derivation
        return recipe
    }
}

/// How far a build has come.
public enum BuildProgress: Sendable, Hashable, Codable {
    /// So many of the layer's wheels are at hand.
    case fetched(Item, done: Int, of: Int)
    case splicing(Item)
}

extension BuildOutcome {
    /// Layers with the same contents share a zip; the folder may have been moved.
    fileprivate func moved(to path: String, for order: BuildOrder) -> BuildOutcome {
        BuildOutcome(
            item: order.item, key: key, path: path, sha256: sha256, zipped: zipped, unzipped: unzipped,
            packages: packages, largest: largest, pruningWouldSave: pruningWouldSave,
            droppedConflicts: droppedConflicts,
            findings: order.findings(findings, packages), inspection: inspection)
    }
}
