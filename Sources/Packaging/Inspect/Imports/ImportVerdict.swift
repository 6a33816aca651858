import Model
import Wheels

/// Whether what a layer was asked for can be imported.
///
/// An error is what no function can import that asks for the package: its own module, or all of its modules. Others that
/// it brings may be for those who have more, and are notes.
struct ImportVerdict {
    private(set) var findings: [Finding] = []
    /// Extension modules and libraries of which is told already.
    private(set) var failed: Set<String> = []
    /// The files that importing what was asked for may run, as far as that is seen.
    let reached: Set<Int>

    /// - Throws: `badWheel` for a damaged wheel, `cancelled`.
    init(
        _ inspection: LayerInspection, _ listing: LayerListing, _ sources: LayerSources, _ code: LoadedCode
    ) throws {
        let modules = LayerModules(listing, on: inspection.target)
        let hasSetuptools = inspection.wheels.contains { $0.wheel.package.text == "setuptools" }
        let brought = Set(
            inspection.wheels.flatMap { cached in
                cached.contents.files.map { String($0.path.prefix { $0 != "/" && $0 != "." }) }
            })
        let elsewhere = Set(
            inspection.held.flatMap { cached in
                cached.contents.files.map { String($0.path.prefix { $0 != "/" && $0 != "." }) }
            })
        let runtime = RuntimeModules(
            inspection.target.python, hasSetuptools: hasSetuptools, brought: brought.subtracting(elsewhere),
            elsewhere: elsewhere, provided: inspection.options.provided)
        let check = ImportCheck(listing, modules, sources, runtime) { code.failure(of: $0) }
        let tops = TopModules(listing, modules)
        let required = Set(inspection.requirements.map(\.package))
        for (index, cached) in inspection.wheels.enumerated() where required.contains(cached.wheel.package) {
            let package = cached.wheel.package
            let names = tops.names(of: index)
            var failures: [(name: String, failure: ImportCheck.Failure)] = []
            for name in names {
                let failure =
                    try check.failure(of: name.split(separator: ".").map(String.init))
                    ?? Self.hiddenFailure(of: name, in: index, listing, check, code)
                if let failure { failures.append((name, failure)) }
            }
            let own = names.first { PackageName($0.replacing(".", with: "-")) == package }
            for (name, failure) in failures {
                let isError = own.map { $0 == name } ?? (failures.count == names.count)
                if let native = failure.native { failed.insert(native) }
                findings.append(
                    Finding(
                        failure.rule, isError ? .error : .note,
                        "'\(EntryPath(name))' of \(package) \(cached.wheel.version) cannot be imported: "
                            + failure.reason,
                        hint: isError ? Self.hint(failure, inspection.target) : nil, wheel: cached.wheel.fileName))
            }
        }
        reached = check.reached
        let told = Set(findings.map(\.rule))
        for (name, doubt) in check.doubts.sorted(by: { $0.key < $1.key }) {
            findings.append(
                Finding(doubt.rule, name.hasPrefix("_") ? .note : .warning, doubt.reason + ": it may not be found"))
        }
        if !check.optional.isEmpty, !told.contains(.missingModule) {
            let shown = check.optional.sorted().prefix(3).joined(separator: "; ")
            let more = check.optional.count > 3 ? "; and \(check.optional.count - 3) more" : ""
            findings.append(Finding(.missingModule, .note, "left out at import, as the code allows: \(shown)\(more)"))
        }
        if !check.isWhole {
            findings.append(
                Finding(
                    .coverage, .note,
                    "imports were followed in \(check.read.files) files; others are too many, too large or too deep"))
        }
    }

    /// What the import graph does not show: an extension module of the package's own name that the package finds by
    /// changing `sys.path`, and libraries that it loads by ctypes when it is imported.
    private static func hiddenFailure(
        of name: String, in wheel: Int, _ listing: LayerListing, _ check: ImportCheck, _ code: LoadedCode
    ) -> ImportCheck.Failure? {
        let folder = name.replacing(".", with: "/") + "/"
        func isOwn(_ index: Int) -> Bool {
            listing.files[index].wheel == wheel && listing.files[index].path.hasPrefix(folder)
        }
        if check.pathChangers.contains(where: isOwn) {
            let own = "\(folder)\(folder.dropLast().split(separator: "/").last ?? "")."
            let failures = code.extensions.filter { $0.hasPrefix(own) }.map(code.failure(of:))
            if let first = failures.first, failures.allSatisfy({ $0 != nil }) { return first }
        }
        return check.libraryLoaders.contains(where: isOwn) ? code.failure(ofLibrariesOf: wheel) : nil
    }

    private static func hint(_ failure: ImportCheck.Failure, _ target: Target) -> String {
        let waive = "write 'checks: { waive: { \(failure.rule.rawValue): why } }' beside the layer"
        switch failure.rule {
        case .missingLibrary:
            return "take a variant that needs no such library, or put it into lib/ with 'files'; if functions bring it "
                + "themselves, \(waive)"
        case .missingModule:
            return "take a release that is made for Python \(target.python), or require what is missing; if functions "
                + "bring it themselves, \(waive)"
        default: return "if functions can do without it, \(waive)"
        }
    }
}

/// The modules that a wheel puts where `import` begins to look; of namespace packages the first that are modules.
struct TopModules {
    private var byWheel: [Int: Set<String>] = [:]
    private static let left: Set = [
        "tests", "test", "testing", "conftest", "docs", "doc", "examples", "example", "benchmarks", "benchmark",
        "setup",
        "scripts", "tools", "bin", "__main__", "_vendor",
    ]

    init(_ listing: LayerListing, _ modules: LayerModules) {
        for file in listing.files {
            guard let wheel = file.wheel else { continue }
            let parts = file.path.split(separator: "/")
            guard let last = parts.last, [".py", ".so"].contains(where: { last.hasSuffix($0) }) else { continue }
            var name = ""
            for (index, part) in parts.enumerated() {
                let word = index == parts.count - 1 ? part.prefix { $0 != "." } : part
                guard word.isIdentifier, !Self.left.contains(String(word)), index < 4 else { break }
                name += name.isEmpty ? String(word) : "/\(word)"
                switch modules.find(name) {
                case .namespace: continue
                case .source, .native:
                    if !word.hasPrefix("_") { byWheel[wheel, default: []].insert(name.replacing("/", with: ".")) }
                case .opaque, nil: break
                }
                break
            }
        }
    }

    /// Sorted.
    func names(of wheel: Int) -> [String] { (byWheel[wheel] ?? []).sorted() }
}
