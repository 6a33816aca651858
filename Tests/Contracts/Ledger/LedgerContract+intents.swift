import Model
import Testing

extension LedgerContract {
    static let intentCases: [ContractCase<LedgerSubject>] = [
        ContractCase("an intent is open from its beginning until it is settled") { subject in
            let lease = try await subject.lease()
            let item = try Samples.item("requests")
            let intent = Samples.intent("01J", of: item)
            try await subject.ledger.begin([intent], lease: lease)
            #expect(try await subject.state(of: item).openIntents == [intent])
            #expect(try await subject.other.openIntents(after: nil, limit: 10) == [intent])
            let events = [Event.built(try Samples.build(1, of: item)), .released(Samples.release(1, of: item))]
            try await subject.ledger.close(intent.id, events: events, lease: lease)
            let state = try await subject.state(of: item)
            #expect(state.openIntents.isEmpty)
            #expect(state.releases == [Samples.release(1, of: item)])
            #expect(try await subject.other.openIntents(after: nil, limit: 10).isEmpty)
        },
        ContractCase("settling an intent that is not open records nothing") { subject in
            let lease = try await subject.lease()
            let item = try Samples.item("requests")
            let intent = Samples.intent("01J", of: item)
            try await subject.ledger.close(intent.id, events: [.built(Samples.build(1, of: item))], lease: lease)
            #expect(try await subject.state(of: item).builds.isEmpty)
            try await subject.ledger.begin([intent], lease: lease)
            try await subject.ledger.close(intent.id, events: [.built(Samples.build(1, of: item))], lease: lease)
            try await subject.ledger.close(intent.id, events: [.built(Samples.build(2, of: item))], lease: lease)
            #expect(try await subject.state(of: item).builds.map(\.buildNumber) == [1])
        },
        ContractCase("an intent stays open if what came of it is refused") { subject in
            let lease = try await subject.lease()
            let item = try Samples.item("requests")
            let intent = Samples.intent("01J", of: item)
            try await subject.ledger.record([.built(Samples.build(1, of: item))], lease: lease)
            try await subject.ledger.begin([intent], lease: lease)
            await expect(.inconsistent) {
                let other = try Samples.build(1, of: item, version: "9.9")
                try await subject.ledger.close(intent.id, events: [.built(other)], lease: lease)
            }
            #expect(try await subject.state(of: item).openIntents == [intent])
        },
        ContractCase("beginning an open intent again leaves it as it is") { subject in
            let lease = try await subject.lease()
            let item = try Samples.item("requests")
            let intent = Samples.intent("01J", of: item)
            try await subject.ledger.begin([intent], lease: lease)
            let before = try await subject.state(of: item)
            let later = Intent(id: intent.id, work: intent.work, begun: Samples.start + .seconds(60))
            try await subject.ledger.begin([later], lease: lease)
            #expect(try await subject.state(of: item) == before)
        },
        ContractCase("an intent that was settled can be begun again") { subject in
            let lease = try await subject.lease()
            let item = try Samples.item("requests")
            let intent = Samples.intent("01J", of: item)
            try await subject.ledger.begin([intent], lease: lease)
            try await subject.ledger.close(intent.id, events: [], lease: lease)
            try await subject.ledger.begin([intent], lease: lease)
            #expect(try await subject.state(of: item).openIntents == [intent])
        },
        ContractCase("every kind of work is read back as it was begun") { subject in
            let lease = try await subject.lease()
            let item = try Samples.item("psycopg_binary_pool", "python3.12-arm64")
            let release = Samples.release(3, of: item).id
            let works: [Intent.Work] = [
                .delete(item: item, release: release),
                .publish(item: item, buildNumber: 2, sha256: .of("zip"), region: Samples.regions[1], name: "acme-x"),
                .revoke(item: item, release: release),
            ]
            let intents = works.enumerated().map { number, work in
                Intent(id: .init("01J\(number)", "part/of it"), work: work, begun: Samples.start + .seconds(number))
            }
            try await subject.ledger.begin(intents.reversed(), lease: lease)
            #expect(try await subject.ledger.openIntents(after: nil, limit: 10) == intents)
            #expect(try await subject.state(of: item).openIntents == intents)
        },
    ]
}
