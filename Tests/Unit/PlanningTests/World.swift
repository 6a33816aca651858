import Contracts
import Model
import Planning

/// A small repeatable source of chance; its seed is printed by the test that uses it.
struct SeededRandom: RandomNumberGenerator {
    var state: UInt64
    init(_ seed: UInt64) { state = seed &+ 0x9E37_79B9_7F4A_7C15 }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// The outside, reduced to what a plan sees of it: states, and version numbers that only grow.
struct World {
    var states: [Item: ItemState] = [:]
    var numbers: [String: Int] = [:]

    /// Carries a plan out; publications in `dead` regions fail and stay undone.
    mutating func carryOut(
        _ plan: Plan, locks: [Item: Lock], desired: Desired, now: Timestamp, dead: Set<Region> = []
    ) throws {
        for build in plan.builds where build.isNew {
            guard let lock = locks[build.item], let layer = desired.layer(build.item.layer) else { continue }
            let artifact = Build.Artifact(
                sha256: ContentsKey(lock, layer.options).digest, zipped: ByteCount(1), unzipped: ByteCount(2),
                lock: lock, options: layer.options)
            try apply(
                .built(
                    Build(
                        buildNumber: build.buildNumber, item: build.item, version: build.version, artifact: artifact,
                        requirements: layer.requires.map(\.description), packages: [], created: now)))
        }
        for action in plan.publications where !dead.contains(action.region) {
            let key = "\(action.region):\(action.name)"
            let number = (numbers[key] ?? 0) + 1
            numbers[key] = number
            let id = Release.ID(account: "111122223333", region: action.region, name: action.name, number: number)
            let version = PublishedVersion(
                id: id, arn: "arn:\(id)", sha256: .of(key), size: ByteCount(1), description: "", runtimes: [],
                architectures: [])
            let former = plan.deprecations.filter {
                $0.reason == .replaced && $0.item == action.item && $0.release.region == action.region
            }
            let state = states[action.item] ?? ItemState(item: action.item)
            for event in events(
                listing: version, action.buildNumber, replacing: former, in: state, now: now)
            {
                try apply(event)
            }
        }
        for deprecation in plan.deprecations where deprecation.reason == .withdrawn {
            guard var release = states[deprecation.item]?.releases.first(where: { $0.id == deprecation.release }) else {
                continue
            }
            release.deprecate(until: deprecation.expires)
            try apply(.released(release))
        }
    }

    mutating func apply(_ event: Event) throws {
        var state = states[event.item] ?? ItemState(item: event.item)
        try state.apply(event)
        states[event.item] = state
    }

    /// What versions do here somebody means: that lower ones are held back otherwise is `NameTests`'s.
    func plan(_ desired: Desired, _ locks: [Item: Lock], now: Timestamp) -> Plan {
        Plan(
            desired, outcomes: locks.mapValues { .locked(ResolvedLock(lock: $0)) }, states: Array(states.values),
            now: now, allowing: Allowances(lowerVersions: true))
    }
}

enum Sample {
    static let now = Timestamp(seconds: 1_795_000_000)
    static let regions = ["us-east-1", "eu-west-1", "ap-southeast-2", "sa-east-1"].compactMap(Region.init)
    static let targets = ["python3.12", "python3.13", "python3.13-arm64"].compactMap(Target.init)

    static func desired(
        _ layers: [String] = ["requests"], targets: [Target] = targets, regions: [Region] = regions,
        updates: UpdatePolicy = .init(), naming: String = NameTemplate.standard
    ) throws -> Desired {
        Desired(
            registry: RegistryDescription(name: "Sample", url: "https://example.invalid"),
            layers: try layers.map { text in
                let requirement = try Requirement(parsing: text)
                guard let name = LayerName(for: requirement) else { throw StrataError(.inconsistent, text) }
                return DesiredLayer(name: name, requires: [requirement], targets: targets)
            },
            regions: regions, updates: updates, naming: try NameTemplate(naming, prefix: "acme"))
    }

    /// A lock with the layer's own package in one version and one dependency in another.
    static func lock(_ item: Item, version: Int = 1, dependency: Int = 1) throws -> Lock {
        func wheel(_ name: String, _ version: Int) throws -> LockedWheel {
            guard let package = PackageName(name) else { throw StrataError(.inconsistent, name) }
            return LockedWheel(
                package: package, version: "\(version).0", fileName: "\(name)-\(version).0-py3-none-any.whl",
                url: "https://example.invalid/\(name)", size: nil, sha256: .of("\(name) \(version)"))
        }
        let name = item.layer.text.split(separator: "_").first.map(String.init) ?? item.layer.text
        return Lock(target: item.target, wheels: [try wheel(name, version), try wheel("dependency", dependency)])
    }

    static func locks(_ desired: Desired, version: Int = 1, dependency: Int = 1) throws -> [Item: Lock] {
        var locks: [Item: Lock] = [:]
        for item in desired.items { locks[item] = try lock(item, version: version, dependency: dependency) }
        return locks
    }
}
