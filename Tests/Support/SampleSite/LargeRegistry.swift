import Dispatch
import Model
import Site
import Synchronization

/// A registry of any size, made layer by layer, so that only the renderer's memory is measured.
///
/// What a build is made of is made once for each recipe and target, so that making states takes little beside rendering
/// them. Layers differ by name, versions and moments.
package struct LargeRegistry: Sequence {
    package let count: Int
    package let registry: RegistryInput
    private let samples: [[[Build]]]
    private let mains: [PackageName?]
    /// What the ARNs of each region begin with.
    private let starts: [String]
    private static let letters = "abcdefghijklmnopqrstuvwxyz".map(String.init)

    package init(count: Int, targets: Int = 6, regions: Int = 34) {
        self.count = count
        let python = ["python3.11", "python3.12", "python3.13"].flatMap { [$0, $0 + "-arm64"] }
        let targets = python.prefix(targets).compactMap { Target($0) }
        registry = RegistryInput(
            description: .init(name: "Large", url: "https://large.example.invalid/layers"),
            regions: Array(Region.known.filter { $0.partition == .aws }.prefix(regions)),
            targets: targets, retention: .init(), accounts: [.aws: "123456789012"])
        starts = registry.regions.map { "arn:aws:lambda:\($0)" }
        mains = Fixture.recipes.map { $0.requires.first.flatMap { try? Requirement(parsing: $0).package } }
        samples = Fixture.recipes.map { recipe in
            targets.compactMap { target in
                LayerName(recipe.name).map { name in
                    (1...3).map { Fixture.build(recipe, Item(name, target), buildNumber: $0, "1.\($0)", Fixture.start) }
                }
            }
        }
    }

    /// - Parameter builds: up to three; the last is the latest.
    package func layer(_ index: Int, builds: Int = 2) -> LayerState? {
        let recipe = Fixture.recipes[index % Fixture.recipes.count]
        guard let name = LayerName("\(Self.letters[index % 26])\(recipe.name)-\(index)") else { return nil }
        return LayerState(
            layer: name,
            items: zip(registry.targets, samples[index % samples.count]).map { target, samples in
                state(Item(name, target), samples.prefix(builds), index)
            })
    }

    private func state(_ item: Item, _ samples: ArraySlice<Build>, _ index: Int) -> ItemState {
        func moment(_ buildNumber: Int) -> Timestamp {
            Fixture.start + .seconds((((buildNumber - 1) * 23 + index % 200 * 5) * 24 + 7) * 3600 + index % 200 * 61)
        }
        var state = ItemState(item: item, revision: index + 1)
        let main = mains[index % mains.count]
        state.builds = samples.map { sample in
            let version = "1.\(sample.buildNumber).\(index)"
            return Build(
                buildNumber: sample.buildNumber, item: item, version: version, artifact: sample.artifact,
                requirements: sample.requirements,
                packages: sample.packages.map { package in
                    package.name != main
                        ? package
                        : .init(
                            name: package.name, version: version, license: package.license, summary: package.summary,
                            unzipped: package.unzipped)
                }, created: moment(sample.buildNumber))
        }
        let name = "acme-\(item.target.shortName)-\(item.layer)"
        let ends = (1...samples.count).map { ":123456789012:layer:\(name):\($0)" }
        state.releases.reserveCapacity(registry.regions.count * samples.count)
        for (region, start) in zip(registry.regions, starts) {
            for buildNumber in 1...samples.count {
                let isLatest = buildNumber == samples.count
                state.releases.append(
                    Release(
                        id: .init(account: "123456789012", region: region, name: name, number: buildNumber), item: item,
                        buildNumber: buildNumber,
                        arn: start + ends[buildNumber - 1],
                        status: isLatest ? .latest : .deprecated, published: moment(buildNumber),
                        expires: isLatest ? nil : moment(buildNumber + 1) + .seconds(365 * 86_400)))
            }
        }
        return state
    }

    /// All layers, some at a time, each lot made on all cores: as a ledger that is asked for a page of them answers.
    package var batches: some Sequence<[LayerState]> {
        let size = 128
        return stride(from: 0, to: count, by: size).lazy.map { start in
            let made = Mutex<[Int: LayerState]>([:])
            DispatchQueue.concurrentPerform(iterations: Swift.min(size, count - start)) { offset in
                let layer = layer(start + offset)
                made.withLock { $0[start + offset] = layer }
            }
            return made.withLock { $0 }.sorted { $0.key < $1.key }.map(\.value)
        }
    }

    package func makeIterator() -> AnyIterator<LayerState> {
        var index = 0
        return AnyIterator {
            guard index < count else { return nil }
            index += 1
            return layer(index - 1)
        }
    }
}
