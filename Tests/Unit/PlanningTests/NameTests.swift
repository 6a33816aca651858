import Model
import Planning
import Testing

/// A name that was published belongs to what it was published for, and its version only grows.
@Suite("What a layer's name was published for")
struct NameTests {
    private func published(_ layer: String = "requests", version: Int = 2) throws -> (World, Desired) {
        let desired = try Sample.desired([layer], targets: [Sample.targets[0]])
        var world = World()
        let locks = try Sample.locks(desired, version: version)
        try world.carryOut(
            world.plan(desired, locks, now: Sample.now), locks: locks, desired: desired, now: Sample.now)
        return (world, desired)
    }

    private func plan(_ world: World, _ desired: Desired, _ version: Int, _ allowances: Allowances = .init()) throws
        -> Plan
    {
        Plan(
            desired,
            outcomes: try Sample.locks(desired, version: version).mapValues { .locked(ResolvedLock(lock: $0)) },
            states: Array(world.states.values), now: Sample.now, allowing: allowances)
    }

    /// The same layer, asked for with another package.
    private func asking(_ desired: Desired, for package: String) throws -> Desired {
        var other = desired
        other.layers = try desired.layers.map {
            DesiredLayer(
                name: $0.name, requires: [try Requirement(parsing: package)], targets: $0.targets)
        }
        return other
    }

    @Test("a lower version is held back, shown, and published when it is allowed")
    func lower() throws {
        let (world, desired) = try published()
        let held = try plan(world, desired, 1)
        #expect(held.isEmpty && held.heldBack.map(\.allowedBy) == ["--allow-lower"])
        #expect(held.refusals.first?.reason.contains("from 2.0 to 1.0") == true)
        let allowed = try plan(world, desired, 1, .init(lowerVersions: true))
        #expect(allowed.publications.count == 4 && allowed.refusals.isEmpty)
    }

    @Test("another package under the same name is held back, also when the layer had been retired")
    func other() throws {
        var (world, desired) = try published()
        let other = try asking(desired, for: "urllib3")
        #expect(try plan(world, other, 3).heldBack.map(\.allowedBy) == ["--allow-other-package"])
        var none = desired
        none.layers = []
        let withdrawal = world.plan(none, [:], now: Sample.now)
        try world.carryOut(withdrawal, locks: [:], desired: none, now: Sample.now)
        #expect(world.states.values.flatMap(\.releases).allSatisfy { $0.status == .deprecated })
        let again = try plan(world, other, 3)
        #expect(again.isEmpty && again.heldBack.map(\.allowedBy) == ["--allow-other-package"])
        #expect(try plan(world, other, 1, .init(otherPackages: true)).publications.count == 4)
        #expect(try plan(world, desired, 3).publications.count == 4, "what it was published for comes back as it was")
    }

    @Test("other extras, and further requirements, are the same layer")
    func same() throws {
        let (world, desired) = try published()
        #expect(try plan(world, asking(desired, for: "requests[socks]>=1"), 3).heldBack.isEmpty)
    }
}
