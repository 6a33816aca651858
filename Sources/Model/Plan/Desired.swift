/// What the maintainer wants, as far as planning and rendering need it: the configuration without its plumbing.
public struct Desired: Sendable, Hashable {
    public var registry: RegistryDescription
    /// Sorted by name, each name once.
    public var layers: [DesiredLayer]
    public var regions: [Region]
    public var updates: UpdatePolicy
    public var limits: PlanLimits
    public var retention: RetentionPolicy
    public var naming: NameTemplate
    public var visibility: Visibility
    /// Which advisories are looked up, and what follows from them; nil if none are.
    public var advisories: AdvisoryPolicy?
    /// The account that publishes in each partition, as far as that is known without asking.
    public var accounts: [Partition: String]

    public init(
        registry: RegistryDescription, layers: [DesiredLayer], regions: [Region], updates: UpdatePolicy = .init(),
        limits: PlanLimits = .init(), retention: RetentionPolicy = .init(), naming: NameTemplate,
        visibility: Visibility = .private, accounts: [Partition: String] = [:]
    ) {
        self.accounts = accounts
        self.registry = registry
        self.layers = layers.sorted { $0.name < $1.name }
        self.regions = Set(regions).sorted()
        self.updates = updates
        self.limits = limits
        self.retention = retention
        self.naming = naming
        self.visibility = visibility
    }

    /// Every layer for each of its targets, sorted.
    public var items: [Item] { layers.flatMap { layer in layer.targets.map { Item(layer.name, $0) } }.sorted() }

    /// The same for some layers only.
    public func restricted(to names: Set<LayerName>) -> Desired {
        var part = self
        part.layers.removeAll { !names.contains($0.name) }
        return part
    }

    /// Found by halving: the layers are sorted, and many are asked for.
    public func layer(_ name: LayerName) -> DesiredLayer? {
        var (low, high) = (layers.startIndex, layers.endIndex)
        while low < high {
            let middle = (low + high) / 2
            if layers[middle].name < name { low = middle + 1 } else { high = middle }
        }
        return low < layers.endIndex && layers[low].name == name ? layers[low] : nil
    }

    /// What is asked for, to find what a layer holds on a target, with what is asked for the layers that it is used with.
    public func request(for layer: DesiredLayer, _ target: Target) -> ResolveRequest {
        request(for: layer, target, below: [])
    }

    private func request(for layer: DesiredLayer, _ target: Target, below: Set<LayerName>) -> ResolveRequest {
        // The configuration has no circles; nothing here rests on it.
        let above = below.union([layer.name])
        let bases = layer.options.with.filter { !above.contains($0) }.compactMap(self.layer)
        return ResolveRequest(
            item: Item(layer.name, target), requires: layer.requires, lock: layer.lock,
            provided: layer.options.provided, sdists: layer.sdists,
            bases: bases.map { request(for: $0, target, below: above) })
    }

    /// What consumers of a layer are promised; the registry's promise for a layer that is no longer wanted.
    public func retention(of name: LayerName) -> RetentionPolicy { layer(name)?.retention ?? retention }
}

/// What readers of the registry are told about it.
public struct RegistryDescription: Sendable, Hashable, Codable {
    public var name: String
    /// Where the site is served; links in feeds and canonical links begin with it.
    public var url: String

    public init(name: String, url: String) {
        self.name = name
        self.url = url
    }
}

/// A layer that the maintainer asks for.
public struct DesiredLayer: Sendable, Hashable {
    public var name: LayerName
    /// In the order written; the first names the layer's version. Of a layer that a file locks: the package that does, if
    /// one was named.
    public var requires: [Requirement]
    /// Sorted.
    public var targets: [Target]
    public var options: BuildOptions
    /// The layer's own retention, where it differs from the registry's.
    public var retention: RetentionPolicy?
    public var checks: Checks
    /// The file that locks the layer's packages; nil if they are resolved.
    public var lock: ProjectLock?
    /// Packages that may be built from their source distributions. Sorted, each once.
    public var sdists: [PackageName]
    /// The interpreters that were found for bytecode, by their whole versions.
    public var compilers: [Target: String] = [:]

    public init(
        name: LayerName, requires: [Requirement], targets: [Target], options: BuildOptions = .init(),
        retention: RetentionPolicy? = nil, checks: Checks = Checks(), lock: ProjectLock? = nil,
        sdists: [PackageName] = []
    ) {
        self.lock = lock
        self.sdists = Set(sdists).sorted()
        self.name = name
        self.requires = requires
        self.targets = Set(targets).sorted()
        self.options = options
        self.retention = retention
        self.checks = checks
    }

    /// What was asked for, as a build tells it: of a file that locks, all that it holds.
    public func requirements(in resolved: Lock) -> [String] {
        guard lock != nil else { return requires.map(\.description) }
        let named = Set(requires.map(\.package))
        return requires.map(\.package.text)
            + resolved.wheels.filter { !named.contains($0.package) }.map { "\($0.package)==\($0.version)" }
    }
}

extension DesiredLayer {
    /// What a build for a target is made with: without bytecode where no interpreter was found.
    public func options(for target: Target) -> BuildOptions {
        guard let bytecode = options.bytecode else { return options }
        var options = options
        options.bytecode = compilers[target].map {
            BuildOptions.Bytecode(bytecode.scope, python: $0, packages: requires.map(\.package))
        }
        return options
    }

    /// Why a target does not get what was asked for, for people.
    public func remarks(on target: Target) -> [String] {
        guard options.bytecode != nil, compilers[target] == nil else { return [] }
        return ["no bytecode: this machine has no Python \(target.python) for \(target.architecture.rawValue)"]
    }
}

/// When a newer resolve is worth publishing.
public struct UpdatePolicy: Sendable, Hashable {
    /// Releases younger than this are not picked.
    public var minimumAge: Duration
    /// A change of dependencies only is published at most this often.
    public var dependenciesOnly: Duration

    public init(minimumAge: Duration = .zero, dependenciesOnly: Duration = .zero) {
        self.minimumAge = minimumAge
        self.dependenciesOnly = dependenciesOnly
    }
}

/// A plan above these is refused unless allowed by hand.
public struct PlanLimits: Sendable, Hashable {
    /// Releases that one run may publish.
    public var publish: Int
    /// Releases that one run may delete.
    public var delete: Int

    public init(publish: Int = 500, delete: Int = 50) {
        self.publish = publish
        self.delete = delete
    }
}

/// How Lambda's layer names are made: text with `{prefix}`, `{py}`, `{layer}`, `{version}` and `{build}`.
public struct NameTemplate: Sendable, Hashable {
    public let text: String
    public let prefix: String
    private let parts: [Part]

    public enum Field: String, Sendable, CaseIterable {
        case prefix, py, layer, version, build
    }

    private enum Part: Sendable, Hashable {
        case literal(String)
        case field(Field)
    }

    public static let standard = "{prefix}-{py}-{layer}"

    /// - Throws: `configuration` for an unknown field, an unclosed brace, a character that Lambda's names cannot hold,
    ///   or a template without `{py}` and `{layer}`, which could give two items the same name.
    public init(_ text: String = NameTemplate.standard, prefix: String) throws(StrataError) {
        func refuse(_ why: String) -> StrataError { StrataError(.configuration, "the name template '\(text)' \(why)") }
        func allowed(_ part: some StringProtocol) -> Bool {
            part.utf8.allSatisfy { $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
        }
        guard allowed(prefix) else {
            throw StrataError(.configuration, "the prefix '\(prefix)' may hold only letters, digits, '-' and '_'")
        }
        var parts: [Part] = []
        var rest = text[...]
        while let open = rest.firstIndex(of: "{") {
            if open > rest.startIndex { parts.append(.literal(String(rest[..<open]))) }
            guard let close = rest[open...].firstIndex(of: "}") else { throw refuse("has a '{' without '}'") }
            let name = rest[rest.index(after: open)..<close]
            guard let field = Field(rawValue: String(name)) else {
                throw refuse(
                    "has no field '{\(name)}': \(Field.allCases.map { "{\($0.rawValue)}" }.joined(separator: ", "))")
            }
            parts.append(.field(field))
            rest = rest[rest.index(after: close)...]
        }
        if !rest.isEmpty { parts.append(.literal(String(rest))) }
        for case .literal(let literal) in parts where !allowed(literal) {
            throw refuse("holds '\(literal)'; only letters, digits, '-' and '_' are allowed")
        }
        guard parts.contains(.field(.py)), parts.contains(.field(.layer)) else {
            throw refuse("needs both {py} and {layer}, or layers would share names")
        }
        self.text = text
        self.prefix = prefix
        self.parts = parts
    }

    public func uses(_ field: Field) -> Bool { parts.contains(.field(field)) }

    /// The name of a build's layer. It may be longer than Lambda allows; `check` and the planner say so.
    public func name(for item: Item, version: String, buildNumber: Int) -> String {
        parts.map { part -> String in
            switch part {
            case .literal(let text): return text
            case .field(.prefix): return self.prefix
            case .field(.py): return item.target.shortName
            case .field(.layer): return item.layer.text
            case .field(.version): return Self.lambdaSafe(version)
            case .field(.build): return String(buildNumber)
            }
        }.joined()
    }

    /// A version with everything that Lambda's names cannot hold as `_`.
    private static func lambdaSafe(_ version: String) -> String {
        String(
            decoding: version.utf8.map { $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "-") ? $0 : UInt8(ascii: "_") },
            as: UTF8.self)
    }
}
