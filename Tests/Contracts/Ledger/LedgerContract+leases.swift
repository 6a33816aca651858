import Model
import Testing

extension LedgerContract {
    private static let start = Samples.start
    private static let hour = Duration.seconds(3600)

    static let leaseCases: [ContractCase<LedgerSubject>] = [
        ContractCase("a lease is one holder's, and a refusal names the holder and the end of its term") { subject in
            let lease = try await subject.ledger.acquire("publish", holder: "first", now: start, term: hour)
            #expect(lease.until == start + hour)
            let refusal = await expect(.leaseHeld) {
                _ = try await subject.other.acquire(
                    "publish", holder: "second", now: start + .seconds(3599), term: hour)
            }
            #expect(refusal?.message.contains("first") == true)
            #expect(refusal?.message.contains("\(start + hour)") == true)
        },
        ContractCase("a lease is not its holder's twice") { subject in
            _ = try await subject.lease(holder: "cron@host")
            await expect(.leaseHeld) { _ = try await subject.lease(holder: "cron@host") }
        },
        ContractCase("a lease whose term has passed can be taken over, with a larger token") { subject in
            let first = try await subject.lease(holder: "first")
            let second = try await subject.other.acquire("publish", holder: "second", now: start + hour, term: hour)
            #expect(second.token > first.token)
        },
        ContractCase("a lease that was lost writes nothing and cannot be renewed") { subject in
            let lost = try await subject.lease(holder: "first")
            let item = try Samples.item("requests")
            try await subject.ledger.begin([Samples.intent("A", of: item)], lease: lost)
            _ = try await subject.other.acquire("publish", holder: "second", now: start + hour, term: hour)

            await expect(.leaseHeld) { _ = try await subject.ledger.renew(lost, now: start, term: hour) }
            await expect(.leaseHeld) { try await subject.ledger.begin([Samples.intent("B", of: item)], lease: lost) }
            await expect(.leaseHeld) {
                try await subject.ledger.record([.built(Samples.build(1, of: item))], lease: lost)
            }
            await expect(.leaseHeld) {
                let events = [Event.built(try Samples.build(1, of: item))]
                try await subject.ledger.close(Samples.intent("A", of: item).id, events: events, lease: lost)
            }
            await expect(.leaseHeld) { try await subject.ledger.setCheckpoint("main", "1", lease: lost) }

            let state = try await subject.state(of: item)
            #expect(state.builds.isEmpty)
            #expect(state.openIntents == [Samples.intent("A", of: item)])
            #expect(try await subject.ledger.checkpoint("main") == nil)
        },
        ContractCase("a lease whose term has passed still writes while nobody took it") { subject in
            let lease = try await subject.ledger.acquire("publish", holder: "slow", now: start, term: .seconds(1))
            try await subject.ledger.setCheckpoint("main", "1", lease: lease)
            let renewed = try await subject.ledger.renew(lease, now: start + hour, term: hour)
            #expect(renewed.until == start + hour + hour)
            #expect(renewed.token == lease.token)
        },
        ContractCase("a lease from a clock that is ahead ends an hour from now, and not when it says") { subject in
            _ = try await subject.ledger.acquire("publish", holder: "ahead", now: start + hour * 9000, term: hour)
            await expect(.leaseHeld) {
                _ = try await subject.other.acquire("publish", holder: "second", now: start, term: hour)
            }
            await expect(.leaseHeld) {
                _ = try await subject.other.acquire("publish", holder: "second", now: start + hour / 2, term: hour)
            }
            let second = try await subject.other.acquire("publish", holder: "second", now: start + hour, term: hour)
            #expect(second.until == start + hour * 2)
        },
        ContractCase("a holder whose clock is ahead keeps its lease by renewing it") { subject in
            let ahead = start + hour * 9000
            let lease = try await subject.ledger.acquire("publish", holder: "ahead", now: ahead, term: hour)
            for moment in [start, start + hour, start + hour * 2] {
                await expect(.leaseHeld) {
                    _ = try await subject.other.acquire("publish", holder: "second", now: moment, term: hour)
                }
                _ = try await subject.ledger.renew(lease, now: ahead, term: hour)
            }
            try await subject.ledger.check(lease)
        },
        ContractCase("whether a lease is still ours can be asked without writing") { subject in
            let first = try await subject.lease(holder: "first")
            try await subject.ledger.check(first)
            let second = try await subject.other.acquire("publish", holder: "second", now: start + hour, term: hour)
            await expect(.leaseHeld) { try await subject.ledger.check(first) }
            try await subject.other.check(second)
            try await subject.other.release(second)
            await expect(.leaseHeld) { try await subject.other.check(second) }
        },
        ContractCase("a renewed lease is held for its new term") { subject in
            let lease = try await subject.lease()
            _ = try await subject.ledger.renew(lease, now: start + .seconds(3000), term: hour)
            await expect(.leaseHeld) {
                _ = try await subject.other.acquire("publish", holder: "second", now: start + hour, term: hour)
            }
        },
        ContractCase("a lease that was given back can be taken at once, with a larger token, and writes no more") {
            subject in
            let first = try await subject.lease(holder: "first")
            try await subject.ledger.release(first)
            await expect(.leaseHeld) { try await subject.ledger.setCheckpoint("main", "1", lease: first) }
            await expect(.leaseHeld) { _ = try await subject.ledger.renew(first, now: start, term: hour) }
            let second = try await subject.other.acquire("publish", holder: "second", now: start, term: hour)
            #expect(second.token > first.token)
            try await subject.ledger.release(first)
            try await subject.other.setCheckpoint("main", "2", lease: second)
            #expect(try await subject.ledger.checkpoint("main") == "2")
        },
        ContractCase("leases of different names do not meet") { subject in
            let publish = try await subject.lease("publish")
            let prune = try await subject.lease("prune")
            try await subject.ledger.release(publish)
            try await subject.ledger.setCheckpoint("main", "1", lease: prune)
            #expect(try await subject.ledger.checkpoint("main") == "1")
        },
    ]
}
