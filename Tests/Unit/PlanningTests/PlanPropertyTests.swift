import Model
import Planning
import Testing

@Suite("What holds of every plan")
struct PlanPropertyTests {
    /// A random configuration with its locks.
    struct Case {
        var desired: Desired
        var locks: [Item: Lock]
        var now: Timestamp

        init(_ random: inout SeededRandom, now: Timestamp) throws {
            let names = ["requests", "numpy", "psycopg[binary]", "boto3", "attrs"]
            self.now = now
            desired = try Sample.desired(
                names.filter { _ in .random(using: &random) } + ["idna"],
                targets: Sample.targets.filter { _ in Int.random(in: 0..<3, using: &random) > 0 } + [Sample.targets[0]],
                regions: Sample.regions.filter { _ in .random(using: &random) } + [Sample.regions[3]],
                updates: UpdatePolicy(dependenciesOnly: .random(using: &random) ? .seconds(100) : .zero),
                naming: .random(using: &random) ? NameTemplate.standard : "{prefix}-{py}-{layer}-{build}")
            locks = [:]
            for item in desired.items {
                locks[item] = try Sample.lock(
                    item, version: .random(in: 1...3, using: &random), dependency: .random(in: 1...3, using: &random))
            }
        }
    }

    /// Several random configurations after each other, with failures between them.
    private func history(_ seed: UInt64, _ body: (inout World, Case, inout SeededRandom) throws -> Void) throws {
        var random = SeededRandom(seed)
        var world = World()
        for step in 0..<6 {
            let now = Sample.now + .seconds(step * 60)
            try body(&world, try Case(&random, now: now), &random)
        }
    }

    @Test("carrying a plan out and planning again gives an empty plan", arguments: 0..<60 as Range<UInt64>)
    func convergence(seed: UInt64) throws {
        try history(seed) { world, step, _ in
            let plan = world.plan(step.desired, step.locks, now: step.now)
            try world.carryOut(plan, locks: step.locks, desired: step.desired, now: step.now)
            let again = world.plan(step.desired, step.locks, now: step.now)
            #expect(again.isEmpty, "seed \(seed): \(again.actions)")
        }
    }

    @Test("what failed in any regions is exactly what the next plan holds", arguments: 0..<60 as Range<UInt64>)
    func failuresRemain(seed: UInt64) throws {
        try history(seed) { world, step, random in
            let dead = Set(Sample.regions.filter { _ in .random(using: &random) })
            let plan = world.plan(step.desired, step.locks, now: step.now)
            try world.carryOut(plan, locks: step.locks, desired: step.desired, now: step.now, dead: dead)
            let left = world.plan(step.desired, step.locks, now: step.now)
            struct Where: Hashable { let item: Item, region: Region, buildNumber: Int }
            func places(_ plan: Plan) -> Set<Where> {
                Set(plan.publications.map { Where(item: $0.item, region: $0.region, buildNumber: $0.buildNumber) })
            }
            let failed = places(plan).filter { dead.contains($0.region) }
            #expect(places(left) == failed, "seed \(seed)")
            try world.carryOut(left, locks: step.locks, desired: step.desired, now: step.now)
            #expect(world.plan(step.desired, step.locks, now: step.now).isEmpty, "seed \(seed)")
        }
    }

    @Test("does not depend on the order of its inputs", arguments: 0..<40 as Range<UInt64>)
    func orderDoesNotMatter(seed: UInt64) throws {
        try history(seed) { world, step, random in
            var shuffled = step.desired
            shuffled.layers.shuffle(using: &random)
            shuffled.regions.shuffle(using: &random)
            let outcomes = step.locks.mapValues { ResolveOutcome.locked(ResolvedLock(lock: $0)) }
            let states = Array(world.states.values)
            let one = Plan(step.desired, outcomes: outcomes, states: states, now: step.now)
            let other = Plan(shuffled, outcomes: outcomes, states: states.shuffled(using: &random), now: step.now)
            #expect(one == other, "seed \(seed)")
            try world.carryOut(one, locks: step.locks, desired: step.desired, now: step.now)
        }
    }

    @Test("every region that is reached lists the same latest builds, one of each", arguments: 0..<40 as Range<UInt64>)
    func sameLatestEverywhere(seed: UInt64) throws {
        try history(seed) { world, step, _ in
            let plan = world.plan(step.desired, step.locks, now: step.now)
            try world.carryOut(plan, locks: step.locks, desired: step.desired, now: step.now)
            for item in step.desired.items {
                let latest = world.states[item]?.releases.filter { $0.status == .latest } ?? []
                #expect(latest.map(\.id.region) == step.desired.regions, "seed \(seed)")
                #expect(Set(latest.map(\.buildNumber)).count == 1, "seed \(seed)")
            }
        }
    }
}
