import Contracts
import Model
import Testing

@Suite("A ledger's units")
struct LedgerUnitTests {
    @Test("divide any list without loss, in order, into as few that fit", arguments: seeds(8))
    func division(seed: UInt64) throws {
        var chance = SeededGenerator(seed: seed)
        let items = try (0..<Int.random(in: 1...60, using: &chance)).map { try Samples.item("layer-\($0)") }
        let events = try (0..<Int.random(in: 0...400, using: &chance)).map { buildNumber in
            Event.built(try Samples.build(buildNumber, of: try #require(items.randomElement(using: &chance))))
        }
        let intents = try events.indices.map { number in
            Samples.intent("P\(number)", of: try #require(items.randomElement(using: &chance)))
        }
        let units = LedgerUnit.units(of: events)
        #expect(units.flatMap(\.self) == events, "seed \(seed)")
        for (unit, next) in zip(units, units.dropFirst()) {
            #expect(throws: Never.self) { try LedgerUnit.check(unit) }
            let more = unit + next.prefix(1)
            #expect(throws: StrataError.self, "seed \(seed)") { try LedgerUnit.check(more) }
        }
        let begun = LedgerUnit.units(of: intents)
        #expect(begun.flatMap(\.self) == intents, "seed \(seed)")
        for unit in begun { #expect(throws: Never.self) { try LedgerUnit.check(unit) } }
    }

    @Test("hold what one item's publishing to all regions needs")
    func regions() throws {
        let item = try Samples.item("requests")
        let regions = Region.known.filter { $0.partition == .aws }
        let intents = regions.map { Samples.intent("P", of: item, in: $0) }
        #expect(LedgerUnit.units(of: intents).count == 1)
        let releases = regions.map { Event.released(Samples.release(1, of: item, in: $0)) }
        #expect(throws: Never.self) { try LedgerUnit.check(releases, ending: true) }
    }
}
