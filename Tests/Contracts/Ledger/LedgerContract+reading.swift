import Model
import Testing

extension LedgerContract {
    static let readingCases: [ContractCase<LedgerSubject>] = [
        ContractCase("states come in the order asked for; an unknown item has an empty one") { subject in
            let lease = try await subject.lease()
            let known = try ["b", "a", "c"].map { try Samples.item($0) }
            try await subject.ledger.record(known.map { .built(try Samples.build(1, of: $0)) }, lease: lease)
            let unknown = try Samples.item("z", "python3.14")
            let asked = [known[2], unknown, known[0], known[2], known[1]]
            let states = try await subject.other.states(of: asked)
            #expect(states.map(\.item) == asked)
            #expect(states.map(\.builds.count) == [1, 0, 1, 1, 1])
            #expect(states[1] == ItemState(item: unknown))
            #expect(try await subject.ledger.states(of: []).isEmpty)
        },
        ContractCase("what belongs to one item is not seen in another") { subject in
            let lease = try await subject.lease()
            let x86 = try Samples.item("requests", "python3.12")
            let arm = try Samples.item("requests", "python3.12-arm64")
            let intent = Samples.intent("01J", of: arm)
            try await subject.ledger.record(
                [.built(Samples.build(1, of: x86)), .released(Samples.release(1, of: x86))], lease: lease)
            try await subject.ledger.begin([intent], lease: lease)
            #expect(try await subject.state(of: arm).builds.isEmpty)
            #expect(try await subject.state(of: arm).releases.isEmpty)
            #expect(try await subject.state(of: x86).openIntents.isEmpty)
        },
        ContractCase("many items are read in one call") { subject in
            let lease = try await subject.lease()
            let items = try (1...150).map { try Samples.item("layer-\($0)") }
            for unit in LedgerUnit.units(of: try items.map { Event.built(try Samples.build(1, of: $0)) }) {
                try await subject.ledger.record(unit, lease: lease)
            }
            let states = try await subject.ledger.states(of: items.reversed())
            #expect(states.map(\.item) == items.reversed())
            #expect(states.allSatisfy { $0.builds.count == 1 })
        },
        ContractCase("every change of an item raises its revision above all that were given before") { subject in
            let lease = try await subject.lease()
            let first = try Samples.item("first")
            let second = try Samples.item("second")
            try await subject.ledger.record([.built(Samples.build(1, of: first))], lease: lease)
            let one = try await subject.state(of: first).revision
            #expect(one > 0)
            try await subject.ledger.record([.built(Samples.build(1, of: second))], lease: lease)
            let two = try await subject.state(of: second).revision
            #expect(two > one)
            try await subject.ledger.begin([Samples.intent("01J", of: first)], lease: lease)
            let three = try await subject.state(of: first).revision
            #expect(three > two)
            try await subject.ledger.close(Samples.intent("01J", of: first).id, events: [], lease: lease)
            #expect(try await subject.state(of: first).revision > three)
            #expect(try await subject.state(of: second).revision == two)
        },
        ContractCase("what may be deleted is deprecated, expired, ours and not pinned, by expiry") { subject in
            let lease = try await subject.lease()
            let item = try Samples.item("requests")
            let now = Samples.start
            var wordy = Samples.release(3, of: item, status: .deprecated, expires: now)
            wordy.reason = String(repeating: "it was long ago and for many reasons ", count: 60)
            let due = [
                Samples.release(5, of: item, status: .deprecated, expires: now - .seconds(5)),
                Samples.release(4, of: item, status: .deprecated, expires: now - .seconds(4)),
                wordy,
            ]
            let others = [
                Samples.release(10, of: item, status: .deprecated, expires: now + .seconds(1)),
                Samples.release(11, of: item, status: .deprecated),
                Samples.release(12, of: item, status: .latest, expires: now - .seconds(9)),
                Samples.release(13, of: item, status: .deleted, expires: now - .seconds(9)),
                Samples.release(14, of: item, status: .yanked, expires: now - .seconds(9)),
                Samples.release(15, of: item, status: .deprecated, expires: now - .seconds(9), isExternal: true),
                Samples.release(16, of: item, status: .deprecated, expires: now - .seconds(9), isPinned: true),
            ]
            let events = [Event.built(try Samples.build(1, of: item))] + (others + due.reversed()).map(Event.released)
            try await subject.ledger.record(events, lease: lease)
            #expect(try await subject.ledger.expiring(by: now, limit: 100) == due)
            #expect(try await subject.ledger.expiring(by: now, limit: 2) == Array(due.prefix(2)))
        },
    ]
}
