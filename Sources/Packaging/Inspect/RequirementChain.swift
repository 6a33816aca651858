import Model

/// Which requirement brought a package into a layer, by what the wheels' metadata ask for on the target.
struct RequirementChain: Sendable {
    private let roots: [Requirement]
    /// Of each package in the layer: its version and what it asks for.
    private let packages: [PackageName: (version: String, requires: [Dependency])]
    private let environment: MarkerEnvironment
    /// The extras that each package was asked for with, by the layer and by each other.
    private let extras: [PackageName: Set<PackageName>]

    /// - Parameter requirements: as the maintainer wrote them.
    init(_ requirements: [Requirement], _ wheels: [CachedWheel], on target: Target) {
        roots = requirements
        packages = Dictionary(
            wheels.map { cached in
                let requires = cached.contents.metadata.requires.compactMap { Dependency($0) }
                return (cached.wheel.package, (cached.wheel.version, requires))
            }
        ) { first, _ in first }
        environment = MarkerEnvironment(target)
        extras = Self.extras(roots, packages, environment)
    }

    private static func extras(
        _ roots: [Requirement], _ packages: [PackageName: (version: String, requires: [Dependency])],
        _ environment: MarkerEnvironment
    ) -> [PackageName: Set<PackageName>] {
        var found: [PackageName: Set<PackageName>] = [:]
        var queue = roots.map { ($0.package, Set($0.extras)) }
        while let (package, wanted) = queue.popLast() {
            let known = found[package]
            let all = (known ?? []).union(wanted)
            if known == all { continue }
            found[package] = all
            for dependency in packages[package]?.requires ?? [] where packages[dependency.package] != nil {
                if dependency.applies(environment, extras: all) {
                    queue.append((dependency.package, dependency.extras))
                }
            }
        }
        return found
    }

    /// What a package asks for on the target, with the extras that it was asked for with.
    func needs(of package: PackageName) -> [Dependency] {
        let extras = extras[package] ?? []
        return (packages[package]?.requires ?? []).filter { $0.applies(environment, extras: extras) }
    }

    /// `is asked for by b 2.0, which is asked for by a 1.0`; nil for a package that the layer itself requires, and if
    /// the way to it is not found.
    func text(to package: PackageName) -> String? {
        guard let path = path(to: package), path.count > 1 else { return nil }
        return path.dropLast().reversed().map { name in
            "is required by \(name)" + (packages[name].map { " \($0.version)" } ?? "")
        }.joined(separator: ", which ")
    }

    /// The shortest way from a requirement of the layer to a package, both included.
    func path(to package: PackageName) -> [PackageName]? {
        var queue = roots.map { ([$0.package], Set($0.extras)) }
        var seen: Set<PackageName> = []
        var next = 0
        while next < queue.count {
            let (path, extras) = queue[next]
            next += 1
            guard let last = path.last else { continue }
            if last == package { return path }
            guard seen.insert(last).inserted else { continue }
            for dependency in packages[last]?.requires ?? [] where packages[dependency.package] != nil {
                guard dependency.applies(environment, extras: extras) else { continue }
                queue.append((path + [dependency.package], dependency.extras))
            }
        }
        return nil
    }
}

/// What a wheel asks for (`Requires-Dist`), as far as it says whether and whom. A stranger wrote it; what is not
/// understood asks for nothing.
struct Dependency: Sendable {
    let package: PackageName
    let extras: Set<PackageName>
    /// Nil if they are not understood.
    let specifiers: VersionSpecifiers?
    let shownSpecifiers: String
    private let marker: Marker?

    init?(_ text: String) {
        let name = text.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) }
        guard let package = PackageName(String(name)) else { return nil }
        self.package = package
        var rest = text.dropFirst(name.count).drop { $0 == " " }
        if rest.first == "[", let end = rest.firstIndex(of: "]") {
            extras = Set(
                rest[rest.index(after: rest.startIndex)..<end].split(separator: ",")
                    .compactMap { PackageName($0.trimmingSpaces) })
            rest = rest[rest.index(after: end)...]
        } else {
            extras = []
        }
        let end = rest.firstIndex(of: ";") ?? rest.endIndex
        let written = rest[..<end].trimmingSpaces.drop { $0 == "(" }.prefix { $0 != ")" }
        specifiers = VersionSpecifiers(String(written))
        shownSpecifiers = String(written.prefix(100).unicodeScalars.filter { (0x21..<0x7F).contains($0.value) })
        if let semicolon = rest.firstIndex(of: ";") {
            guard let marker = Marker(String(rest[rest.index(after: semicolon)...])) else { return nil }
            self.marker = marker
        } else {
            marker = nil
        }
    }

    func applies(_ environment: MarkerEnvironment, extras: Set<PackageName>) -> Bool {
        marker?.holds(environment, extras: extras) ?? true
    }
}
