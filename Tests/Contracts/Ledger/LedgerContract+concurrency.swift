import Model
import Testing

extension LedgerContract {
    static let concurrencyCases: [ContractCase<LedgerSubject>] = [
        ContractCase("of many that ask for a lease at once, one gets it") { subject in
            let winners = await withTaskGroup(of: Lease?.self) { group in
                for number in 0..<16 {
                    let ledger = number.isMultiple(of: 2) ? subject.ledger : subject.other
                    group.addTask {
                        try? await ledger.acquire(
                            "publish", holder: "holder \(number)", now: Samples.start, term: .seconds(60))
                    }
                }
                return await group.reduce(into: [Lease]()) { if let lease = $1 { $0.append(lease) } }
            }
            #expect(winners.count == 1)
        },
        ContractCase("two writers at once lose nothing of each other's") { subject in
            let leases = [try await subject.lease("one"), try await subject.lease("two")]
            let items = try [Samples.item("one"), Samples.item("two")]
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (index, ledger) in [subject.ledger, subject.other].enumerated() {
                    for buildNumber in 1...20 {
                        group.addTask {
                            let build = Event.built(try Samples.build(buildNumber, of: items[index]))
                            try await ledger.record([build], lease: leases[index])
                        }
                    }
                }
                for try await _ in group {}
            }
            for state in try await subject.ledger.states(of: items) {
                #expect(state.builds.map(\.buildNumber) == Array(1...20))
            }
        },
        ContractCase("of many that settle an intent at once, one records what came of it") { subject in
            let lease = try await subject.lease()
            let item = try Samples.item("requests")
            let intent = Samples.intent("01J", of: item)
            try await subject.ledger.begin([intent], lease: lease)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for buildNumber in 1...12 {
                    let ledger = buildNumber.isMultiple(of: 2) ? subject.ledger : subject.other
                    group.addTask {
                        let build = Event.built(try Samples.build(buildNumber, of: item))
                        try await ledger.close(intent.id, events: [build], lease: lease)
                    }
                }
                for try await _ in group {}
            }
            #expect(try await subject.state(of: item).builds.count == 1)
        },
        ContractCase("a reader never sees half of a unit") { subject in
            let lease = try await subject.lease()
            let items = try ["a", "b"].map { try Samples.item($0) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for buildNumber in 1...15 {
                        let events = try items.map { Event.built(try Samples.build(buildNumber, of: $0)) }
                        try await subject.ledger.record(events, lease: lease)
                    }
                }
                group.addTask {
                    for _ in 1...15 {
                        let counts = try await subject.other.states(of: items).map(\.builds.count)
                        #expect(counts[0] == counts[1])
                    }
                }
                for try await _ in group {}
            }
        },
    ]
}
