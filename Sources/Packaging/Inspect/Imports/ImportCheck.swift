import Model
import Wheels

/// Follows imports through a layer as Python would, without running anything.
///
/// Something is said to fail only if it fails whatever the code in between does: what is imported on conditions that are
/// not known, in functions, or where the error is caught, stands in nobody's way. Where a layer makes modules, a missing
/// one is a doubt; where it changes where they are looked for, one that lies anywhere in it is found.
///
/// What it reaches decides what `bytecode: reached` compiles, and so the bytes of a build: whoever changes that raises
/// `BuildOptions.Bytecode.currentRules`.
///
/// Owned by one thread.
final class ImportCheck {
    /// Why a module cannot be imported.
    struct Failure {
        let rule: Finding.Rule
        /// `'a/b.py', line 3, imports 'imp', which …`
        let reason: String
        /// The extension module that cannot be loaded.
        var native: String?
    }

    private enum Outcome {
        case passed, raised
        case failed(Failure)
    }

    /// The file that is being imported.
    private struct Place {
        let index: Int
        /// Where relative imports begin.
        let package: [String]
    }

    private let listing: LayerListing
    private let modules: LayerModules
    private let sources: LayerSources
    private let runtime: RuntimeModules
    private let nativeFailure: (String) -> Failure?

    private var finished: [String: Failure?] = [:]
    private var running: Set<String> = []
    private var packages: [String: (bound: Set<String>, hasUnseenNames: Bool)] = [:]
    private var made: Set<String> = []
    private var changesPath = false
    /// Of wheels.
    private var makers: Set<Int> = []
    /// Imports that may fail, once each, by what is missing.
    private(set) var doubts: [String: Failure] = [:]
    /// What is imported if it is there, and is not.
    private(set) var optional: Set<String> = []
    /// Files that change `sys.path`, and that load libraries by ctypes.
    private(set) var pathChangers: Set<Int> = []
    private(set) var libraryLoaders: Set<Int> = []
    private(set) var read = (files: 0, bytes: 0)
    /// The files that were read.
    private(set) var reached: Set<Int> = []
    private(set) var isWhole = true
    private var thrown: (any Error)?
    private var depth = 0
    /// How many conditions there are for what is being run.
    private var conditions = 0

    /// Blocks in blocks, of all modules that are being imported.
    private static let deepest = 400
    private static let longestFile = 4 << 20
    private static let mostBytes = 256 << 20
    private static let mostFiles = 20_000

    /// - Parameter nativeFailure: why an extension module cannot be loaded, by its path.
    init(
        _ listing: LayerListing, _ modules: LayerModules, _ sources: LayerSources, _ runtime: RuntimeModules,
        nativeFailure: @escaping (String) -> Failure?
    ) {
        self.listing = listing
        self.modules = modules
        self.sources = sources
        self.runtime = runtime
        self.nativeFailure = nativeFailure
    }

    /// Imports a module.
    /// - Parameter name: its parts.
    /// - Returns: why that fails; nil if it does not for certain.
    /// - Throws: `.badWheel` for a damaged wheel, `.cancelled`.
    func failure(of name: [String]) throws -> Failure? {
        let failure = importing(name, names: [], from: nil, line: 0)
        if let thrown { throw thrown }
        return failure
    }

    // MARK: - Importing

    private func importing(_ parts: [String], names: [String], from place: Place?, line: Int) -> Failure? {
        guard let top = parts.first else { return nil }
        switch modules.find(top) {
        case nil: return missing(top, from: place, line: line)
        // A package of that name anywhere comes before a folder without `__init__`.
        case .namespace? where runtime.has(top): return nil
        default: break
        }
        var name = ""
        var module: LayerModules.Module?
        for part in parts {
            name += name.isEmpty ? part : "/\(part)"
            module = modules.find(name)
            // It may be an attribute, or made at run time.
            guard let module else { return nil }
            if let failure = run(name, module) { return failure }
        }
        for part in names {
            guard isSubmodule(part, of: name, module), let found = modules.find("\(name)/\(part)") else { continue }
            if let failure = run("\(name)/\(part)", found) { return failure }
        }
        return nil
    }

    /// Whether `from package import name` imports a submodule if there is one: a name that the package binds comes first.
    private func isSubmodule(_ part: String, of name: String, _ module: LayerModules.Module?) -> Bool {
        switch module {
        case .namespace: true
        case .source(_, isPackage: true):
            packages[name].map { !$0.hasUnseenNames && !$0.bound.contains(part) } ?? false
        default: false
        }
    }

    private func run(_ name: String, _ module: LayerModules.Module) -> Failure? {
        if let known = finished[name] { return known }
        guard thrown == nil, !running.contains(name) else { return nil }
        switch module {
        case .namespace, .opaque: return nil
        case .native(let path):
            let failure = nativeFailure(path)
            finished[name] = .some(failure)
            return failure
        case .source(let index, let isPackage):
            guard let source = source(index, isPackage: isPackage) else {
                isWhole = false
                return nil
            }
            if isPackage { packages[name] = (source.bound, source.hasUnseenNames) }
            running.insert(name)
            var package = name.split(separator: "/").map(String.init)
            if !isPackage { package.removeLast() }
            let outcome = run(source.body, in: Place(index: index, package: package))
            running.remove(name)
            let failure: Failure? = if case .failed(let failure) = outcome { failure } else { nil }
            finished[name] = .some(failure)
            return failure
        }
    }

    private func source(_ index: Int, isPackage: Bool) -> ModuleSource? {
        guard read.files < Self.mostFiles, read.bytes < Self.mostBytes else { return nil }
        do {
            guard let bytes = try sources.contents(of: index, limit: Self.longestFile) else { return nil }
            read.files += 1
            reached.insert(index)
            read.bytes += bytes.count
            let source = ModuleReader.read(bytes, for: runtime.python, isPackage: isPackage)
            let file = listing.files[index]
            if !source.isWhole { isWhole = false }
            made.formUnion(source.made)
            // Its finder serves names of its own only.
            let isSix = file.path.split(separator: "/").last == "six.py"
            if source.changesPath, !isSix {
                changesPath = true
                pathChangers.insert(index)
            }
            if source.makesModules, !isSix, let wheel = file.wheel { makers.insert(wheel) }
            if source.loadsLibrary { libraryLoaders.insert(index) }
            return source
        } catch {
            thrown = error
            return nil
        }
    }

    // MARK: - Running

    private func run(_ block: ModuleSource.Block, in place: Place) -> Outcome {
        guard depth < Self.deepest else {
            isWhole = false
            return .passed
        }
        depth += 1
        defer { depth -= 1 }
        for step in block.steps {
            switch step {
            case .imports(let wanted):
                if let failure = importing(wanted, in: place) { return .failed(failure) }
            case .raises: return .raised
            case .perhaps(let block):
                if case .failed(let failure) = perhaps(block, in: place) { note(failure) }
            case .attempt(let attempt):
                let outcome = run(attempt, in: place)
                if case .passed = outcome { continue }
                return outcome
            }
        }
        return .passed
    }

    private func run(_ attempt: ModuleSource.Attempt, in place: Place) -> Outcome {
        let handler = attempt.handlers.first { $0.catches != false }
        var outcome = handler == nil ? run(attempt.body, in: place) : perhaps(attempt.body, in: place)
        switch outcome {
        case .failed(let failure):
            if let handler {
                note(failure)
                outcome = .passed
                if handler.catches == true {
                    outcome = run(handler.block, in: place)
                    if case .raised = outcome { outcome = .failed(failure) }
                }
            }
        // Whatever was raised may be caught.
        case .raised: outcome = attempt.handlers.isEmpty ? .raised : .passed
        case .passed:
            if case .failed(let failure) = perhaps(attempt.otherwise, in: place) { note(failure) }
        }
        let last = run(attempt.finally, in: place)
        if case .passed = last { return outcome }
        return last
    }

    /// Runs what may not be run, or whose errors may be caught.
    private func perhaps(_ block: ModuleSource.Block, in place: Place) -> Outcome {
        conditions += 1
        defer { conditions -= 1 }
        return run(block, in: place)
    }

    private func note(_ failure: Failure) { if optional.count < 1000 { optional.insert(failure.reason) } }

    private func importing(_ wanted: ModuleSource.Import, in place: Place) -> Failure? {
        guard wanted.level > 0 else {
            return importing(wanted.module, names: wanted.names, from: place, line: wanted.line)
        }
        // Beyond the top it fails, but so does whoever runs it that way.
        guard wanted.level <= place.package.count else { return nil }
        let parts = place.package.dropLast(wanted.level - 1) + wanted.module
        return importing(Array(parts), names: wanted.names, from: place, line: wanted.line)
    }

    // MARK: - What is missing

    private func missing(_ top: String, from place: Place?, line: Int) -> Failure? {
        guard !runtime.has(top), !made.contains(top), let place else { return nil }
        let file = listing.files[place.index]
        let failure = Failure(
            rule: .missingModule,
            reason: "'\(EntryPath(file.path))', line \(line), imports '\(EntryPath(top))', \(runtime.reason(top))")
        if let wheel = file.wheel, makers.contains(wheel) { return doubt(failure, top) }
        if changesPath, modules.isAnywhere(top) { return nil }
        if runtime.mayHave(top) { return doubt(failure, top) }
        return failure
    }

    private func doubt(_ failure: Failure, _ top: String) -> Failure? {
        if conditions == 0, doubts.count < 100, doubts[top] == nil { doubts[top] = failure }
        return nil
    }
}
