import Model
import Wheels

/// Judges a layer as its target will see it, before it is written: what Python or the loader would load has to fit,
/// nothing may hide the standard library. What is pruned or excluded is not judged.
struct LayerInspection: Sendable {
    let target: Target
    let platform: Platform
    let options: BuildOptions
    let chain: RequirementChain
    /// In the order of the splice, which is that of their packages' names.
    let wheels: [CachedWheel]

    /// - Throws: `unsupported` for a target that cannot be built for.
    init(_ order: BuildOrder, _ wheels: [CachedWheel]) throws(StrataError) {
        guard let platform = order.item.target.platform else {
            throw StrataError(.unsupported, "layers cannot be built for \(order.item.target)")
        }
        target = order.item.target
        self.platform = platform
        options = order.options
        chain = RequirementChain(order.requirements, wheels, on: order.item.target)
        self.wheels = wheels
    }

    /// - Returns: remarks that do not stand in the way.
    /// - Throws: `unbuildable` naming the file, why, and where it comes from; `badWheel` for what no wheel may hold.
    func judge(_ listing: LayerListing) throws(StrataError) -> [String] {
        try refuseStartupModules(listing)
        try refuseShadowing(listing)
        let code = LoadedCode(listing, wheels, on: target)
        try code.check(glibc: LibraryVersion(platform.glibc.major, platform.glibc.minor))
        return recordRemarks + code.remarks(on: platform)
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

    private var recordRemarks: [String] {
        wheels.compactMap { cached in
            cached.contents.recordProblem.map {
                "\(cached.wheel.fileName) has a wrong RECORD, as allowed: \($0); it is written anew"
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

    private func refuseShadowing(_ listing: LayerListing) throws(StrataError) {
        guard let standard = StandardLibrary.modules(of: target.python) else { return }
        let hidden = listing.topLevelModules.filter {
            standard.contains($0.name) && !options.allowShadowing.contains($0.name)
        }
        guard let first = hidden.first else { return }
        let names = Set(hidden.filter { $0.wheel == first.wheel }.map(\.name)).sorted()
        let cached = first.wheel.flatMap { wheels.indices.contains($0) ? wheels[$0] : nil }
        let package = cached.map { "\($0.wheel.package) \($0.wheel.version)" } ?? "the layer"
        let source = cached.flatMap { chain.text(to: $0.wheel.package) }.map { ", which \($0)," } ?? ""
        throw StrataError(
            .unbuildable,
            "\(package)\(source) would hide Python \(target.python)'s own "
                + (names.count == 1 ? "module '\(names[0])'" : "modules '\(names.joined(separator: "', '"))'")
                + " from every function that uses the layer",
            hint:
                "Python \(target.python) does not need that package: choose releases that do not require it, or write "
                + "'allow-shadowing: [\(names.joined(separator: ", "))]' beside the layer",
            place: .init(file: cached?.wheel.fileName))
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
