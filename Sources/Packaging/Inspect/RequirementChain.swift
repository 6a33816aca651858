import Model

/// Which requirement brought a package into a layer, by what the wheels' metadata ask for on the target.
struct RequirementChain: Sendable {
    private let roots: [Requirement]
    /// Of each package in the layer: its version and what it asks for.
    private let packages: [PackageName: (version: String, requires: [Dependency])]
    private let environment: MarkerEnvironment

    /// - Parameter requirements: as the maintainer wrote them.
    init(_ requirements: [String], _ wheels: [CachedWheel], on target: Target) {
        roots = requirements.compactMap { try? Requirement(parsing: $0) }
        packages = Dictionary(
            wheels.map { cached in
                let requires = cached.contents.metadata.requires.compactMap { Dependency($0) }
                return (cached.wheel.package, (cached.wheel.version, requires))
            }
        ) { first, _ in first }
        environment = MarkerEnvironment(target)
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
