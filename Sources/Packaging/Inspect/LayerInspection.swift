import Model
import Wheels

/// Judges a layer as its target will see it, before it is written and without running anything of it: what Python or the
/// loader would load has to fit and to be there, nothing may hide the standard library. What is pruned or excluded is not
/// judged.
struct LayerInspection: Sendable {
    /// What the findings follow from, beside the layer's contents.
    struct Mark: Sendable, Hashable, Codable {
        /// Raised when other things are found: what an earlier one found is forgotten.
        private let version: Int
        private let requirements: [String]
        /// What the layers hold that it is used with.
        private let held: [String]?

        init(_ order: BuildOrder) {
            version = 2
            requirements = order.requirements
            held = order.held?.map { "\($0.package)==\($0.version)" }
        }
    }

    let target: Target
    let platform: Platform
    let options: BuildOptions
    /// As the maintainer wrote them.
    let requirements: [Requirement]
    let chain: RequirementChain
    /// In the order of the splice, which is that of their packages' names.
    let wheels: [CachedWheel]
    /// Of the layers that it is used with.
    let held: [CachedWheel]

    /// - Throws: `unsupported` for a target that cannot be built for.
    init(_ order: BuildOrder, _ wheels: [CachedWheel], held: [CachedWheel] = []) throws(StrataError) {
        self.held = held
        guard let platform = order.item.target.platform else {
            throw StrataError(.unsupported, "layers cannot be built for \(order.item.target)")
        }
        target = order.item.target
        self.platform = platform
        options = order.options
        requirements = order.requirements.compactMap { try? Requirement(parsing: $0) }
        chain = RequirementChain(requirements, wheels, on: order.item.target)
        self.wheels = wheels
    }

    /// - Returns: what was found, in no order, at most a hundred of a kind; and the files that imports reach, by their places
    ///   in the listing.
    /// - Throws: `badWheel` for what no wheel may hold; `cancelled`.
    func judge(_ listing: LayerListing, _ sources: LayerSources) throws -> (findings: [Finding], reached: Set<Int>) {
        try refuseStartupModules(listing)
        let code = LoadedCode(listing, wheels, on: target, platform)
        let imports = try ImportVerdict(self, listing, sources, code)
        var findings = shadowing(listing) + recordRemarks + imports.findings
        findings += code.findings(without: imports.failed)
        findings += requirementFindings + providedFindings + tagFindings(listing)
        findings += try layoutFindings(listing, sources)
        if options.slim { findings += slimFindings(listing) }
        return (Dictionary(grouping: findings, by: \.rule).values.flatMap { $0.prefix(100) }, imports.reached)
    }

    /// Checks what wheels say of themselves.
    /// - Throws: `badWheel` for a RECORD that is wrong and not allowed to be.
    func checkRecords() throws(StrataError) {
        for cached in wheels {
            guard let problem = cached.contents.recordProblem, !isAllowed(cached) else { continue }
            let pin = PinnedPackage(cached.wheel.package, cached.wheel.version)
            throw StrataError(
                .badWheel, problem,
                hint: "installers do not look; if you trust the wheel, write 'allow-record: [\(pin)]' beside the layer",
                place: .init(file: cached.wheel.fileName))
        }
    }

    private var recordRemarks: [Finding] {
        wheels.compactMap { cached in
            cached.contents.recordProblem.map {
                Finding(
                    .record, .note,
                    "\(cached.wheel.fileName) has a wrong RECORD, as allowed: \($0); it is written anew",
                    wheel: cached.wheel.fileName)
            }
        }
    }

    private func isAllowed(_ cached: CachedWheel) -> Bool {
        options.allowRecord.contains { pin in
            pin.package == cached.wheel.package
                && PackageVersion(pin.version) == PackageVersion(cached.wheel.version)
        }
    }

    /// Modules that Python runs by itself at every start: no package has a reason to bring one at the top.
    private func refuseStartupModules(_ listing: LayerListing) throws(StrataError) {
        for module in listing.topLevelModules where ["sitecustomize", "usercustomize"].contains(module.name) {
            throw StrataError(
                .badWheel, "'\(EntryPath(module.path))' would run whenever a function that uses the layer starts",
                hint: "leave it out with 'exclude: [\(module.name).py]', or do without the package",
                place: .init(file: listing.fileName(module.wheel)))
        }
    }

    private func shadowing(_ listing: LayerListing) -> [Finding] {
        guard let standard = StandardLibrary.modules(of: target.python) else { return [] }
        let hidden = listing.topLevelModules.filter {
            standard.contains($0.name) && !options.allowShadowing.contains($0.name)
        }
        guard let first = hidden.first else { return [] }
        let names = Set(hidden.filter { $0.wheel == first.wheel }.map(\.name)).sorted()
        let cached = first.wheel.flatMap { wheels.indices.contains($0) ? wheels[$0] : nil }
        let package = cached.map { "\($0.wheel.package) \($0.wheel.version)" } ?? "the layer"
        let source = cached.flatMap { chain.text(to: $0.wheel.package) }.map { ", which \($0)," } ?? ""
        let finding = Finding(
            .standardLibrary, .error,
            "\(package)\(source) would hide Python \(target.python)'s own "
                + (names.count == 1 ? "module '\(names[0])'" : "modules '\(names.joined(separator: "', '"))'")
                + " from every function that uses the layer",
            hint:
                "Python \(target.python) does not need that package: choose releases that do not require it, or write "
                + "'allow-shadowing: [\(names.joined(separator: ", "))]' beside the layer",
            wheel: cached?.wheel.fileName)
        return [finding]
    }
}

extension LayerListing {
    func fileName(_ wheel: Int?) -> String? {
        wheel.flatMap { wheels.indices.contains($0) ? wheels[$0].fileName.text : nil }
    }

    /// What `import` finds at the top of the layer, each file once: modules, and packages with an `__init__`. A folder
    /// without one hides nothing, since a package of that name anywhere on the path comes before it.
    var topLevelModules: [(name: String, path: String, wheel: Int?)] {
        files.compactMap { file in
            let parts = file.path.split(separator: "/", omittingEmptySubsequences: false)
            guard let first = parts.first, let last = parts.last, parts.count <= 2, Self.isModule(last) else {
                return nil
            }
            let stem = last.prefix { $0 != "." }
            if parts.count == 1 { return (String(stem), file.path, file.wheel) }
            return stem == "__init__" ? (String(first), file.path, file.wheel) : nil
        }
    }

    private static func isModule(_ name: Substring) -> Bool {
        name.hasSuffix(".py") || name.hasSuffix(".pyc") || name.hasSuffix(".so")
    }
}
