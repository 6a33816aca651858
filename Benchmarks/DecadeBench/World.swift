import FoundationEssentials
import Model

/// What the index of the generated registry offers, month by month. Pure: the same seed gives the same years.
struct World: Sendable, Hashable, Codable {
    var seed: UInt64
    var layers: Int
    var targets: Int
    var regions: Int

    /// Of the new versions of a layer, so many changed nothing but its dependencies: 64.9 % of 2,542 successive versions
    /// of a public registry.
    private static let dependenciesOnly = 0.65
    private static let begin = 1_704_067_200  // 2024-01-01
    private static let month = 30 * 86_400 + 10 * 3600 + 30 * 60

    /// When the run of a month takes place.
    func time(of month: Int, day: Int = 0) -> Timestamp {
        Timestamp(seconds: Self.begin + month * Self.month + day * 86_400)
    }

    func desired() throws -> Desired {
        let targets = Target.buildable.filter { $0.python >= PythonVersion(3, 11) }.prefix(targets)
        return Desired(
            registry: RegistryDescription(name: "Decade", url: "https://decade.example.invalid/layers"),
            layers: try (0..<layers).map { try layer($0, Array(targets)) },
            regions: Array(Region.known.filter { $0.partition == .aws }.prefix(regions)),
            limits: PlanLimits(publish: .max, delete: .max), naming: try NameTemplate(prefix: "decade"),
            visibility: .public)
    }

    private func layer(_ index: Int, _ targets: [Target]) throws -> DesiredLayer {
        let recipe = recipe(index)
        guard let name = LayerName(name(index)), let package = PackageName(name.text) else {
            throw StrataError(.configuration, "'\(recipe.name)' is no layer's name")
        }
        return DesiredLayer(name: name, requires: [try Requirement(parsing: package.text)], targets: targets)
    }

    private func recipe(_ index: Int) -> Recipe { Recipe.all[index % Recipe.all.count] }

    /// Further layers of a kind are packages that begin alike, as plugins of a framework do.
    private func name(_ index: Int) -> String {
        let round = index / Recipe.all.count
        return recipe(index).name + (round == 0 ? "" : "-\(round)")
    }

    /// The versions of a layer's own package and of its dependencies: how often the one changed, and in which month each
    /// of the others did last.
    private func versions(_ index: Int, until month: Int, day: Int) -> (own: Int, dependencies: [Int]) {
        let recipe = recipe(index)
        var own = 0
        var dependencies = [Int](repeating: 0, count: recipe.requires.count)
        // What the own package's pace brings, and what its dependencies bring besides.
        let own35 = min(1, recipe.pace / 12)
        let chance = recipe.requires.isEmpty ? own35 : min(1, own35 / (1 - Self.dependenciesOnly))
        for month in stride(from: 1, through: month, by: 1) where number(index, month, 0) < chance {
            if recipe.requires.isEmpty || number(index, month, 1) >= Self.dependenciesOnly {
                own += 1
            } else {
                dependencies[Int(number(index, month, 2) * Double(recipe.requires.count))] = month
            }
        }
        // A day on which one layer of a hundred has a new version.
        if day > 0, (index + day) % 100 == 0 { own += 1000 * day }
        return (own, dependencies)
    }

    /// From 0 to 1, the same for the same layer, month and question.
    private func number(_ index: Int, _ month: Int, _ question: Int) -> Double {
        let place = UInt64(index) &* 1_000_003 &+ UInt64(month) &* 101 &+ UInt64(question) &+ 1
        var z = seed &+ 0x9E37_79B9_7F4A_7C15 &* place
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return Double((z ^ (z >> 31)) >> 11) / Double(1 << 53)
    }

    /// What each item comes to in a month.
    func outcomes(of desired: Desired, in month: Int, day: Int = 0) throws -> [Item: ResolveOutcome] {
        let indices = Dictionary(uniqueKeysWithValues: (0..<layers).map { (name($0), $0) })
        var outcomes: [Item: ResolveOutcome] = [:]
        for layer in desired.layers {
            guard let index = indices[layer.name.text] else { continue }
            let recipe = recipe(index)
            let (own, dependencies) = versions(index, until: month, day: day)
            for target in layer.targets {
                let wheels =
                    try [wheel(layer.name.text, "1.\(own)", recipe.isNative, target)]
                    + zip(recipe.requires, dependencies).map { name, since in
                        let known = Recipe.all.first { $0.name == name }
                        return try wheel(name, "2.\(since)", known?.isNative ?? false, target)
                    }
                let lock = Lock(target: target, wheels: wheels)
                outcomes[Item(layer.name, target)] = .locked(ResolvedLock(lock: lock))
            }
        }
        return outcomes
    }

    private func wheel(_ name: String, _ version: String, _ isNative: Bool, _ target: Target) throws -> LockedWheel {
        guard let package = PackageName(name) else { throw StrataError(.configuration, "'\(name)' is no package") }
        let python = target.python.description.filter { $0 != "." }
        let tag = isNative ? "cp\(python)-cp\(python)-manylinux_2_28_\(target.architecture.machine)" : "py3-none-any"
        let file = "\(name.map { $0 == "-" ? "_" : $0 }.map(String.init).joined())-\(version)-\(tag).whl"
        let digest = ContentDigest.of(file)
        let folder = "\(digest.hex.prefix(2))/\(digest.hex.dropFirst(2).prefix(30))"
        return LockedWheel(
            package: package, version: version, fileName: file,
            url: "https://index.example.invalid/packages/\(folder)/\(file)", size: ByteCount(100_000), sha256: digest)
    }

    /// What a layer would be after it was built; there are no bytes.
    func built(_ order: BuildOrder) -> BuiltLayer {
        let sizes = order.lock.wheels.map { wheel in
            Recipe.all.first { $0.name == wheel.package.text }.map { Int($0.megabytes * 1e6) } ?? 400_000
        }
        let unzipped = sizes.reduce(0, +)
        return BuiltLayer(
            path: "/dev/null", sha256: ContentsKey(order.lock, order.options).digest, zipped: ByteCount(unzipped / 3),
            unzipped: ByteCount(min(unzipped, LayerLimits.unzipped.bytes)),
            packages: zip(order.lock.wheels, sizes).map { wheel, size in
                .init(
                    name: wheel.package, version: wheel.version, license: "MIT",
                    summary: "What \(wheel.package) says of itself in a line of the usual length",
                    unzipped: ByteCount(size))
            })
    }
}
