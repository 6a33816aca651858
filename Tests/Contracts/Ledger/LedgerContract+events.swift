import Model
import Testing

extension LedgerContract {
    static let eventCases: [ContractCase<LedgerSubject>] = [
        ContractCase("a build is read back as it was recorded, every field of it") { subject in
            let lease = try await subject.lease()
            let item = try Samples.item("requests", "python3.13-arm64")
            let external = Build(
                buildNumber: 1, item: item, version: "1.0", artifact: nil, requirements: [], packages: [],
                created: Samples.start)
            try await subject.ledger.record([.built(external), .built(Samples.build(2, of: item))], lease: lease)
            #expect(try await subject.state(of: item).builds == [external, Samples.build(2, of: item)])
        },
        ContractCase("recording the same build again changes nothing, not even the revision") { subject in
            let lease = try await subject.lease()
            let item = try Samples.item("requests")
            try await subject.ledger.record([.built(Samples.build(1, of: item))], lease: lease)
            let before = try await subject.state(of: item)
            try await subject.ledger.record([.built(Samples.build(1, of: item))], lease: lease)
            #expect(try await subject.state(of: item) == before)
        },
        ContractCase("another build under the same number is refused, and the unit with it") { subject in
            let lease = try await subject.lease()
            let item = try Samples.item("requests")
            let other = try Samples.item("urllib3")
            try await subject.ledger.record([.built(Samples.build(1, of: item))], lease: lease)
            let before = try await subject.state(of: item)
            await expect(.inconsistent) {
                try await subject.ledger.record(
                    [
                        .built(Samples.build(1, of: other)), .released(Samples.release(1, of: item)),
                        .built(Samples.build(1, of: item, version: "9.9")),
                    ], lease: lease)
            }
            #expect(try await subject.state(of: item) == before)
            #expect(try await subject.state(of: other) == ItemState(item: other))
        },
        ContractCase("a release replaces what was recorded under its id, every field of it") { subject in
            let lease = try await subject.lease()
            let item = try Samples.item("requests")
            let first = Samples.release(7, of: item)
            try await subject.ledger.record([.built(Samples.build(1, of: item)), .released(first)], lease: lease)
            #expect(try await subject.state(of: item).releases == [first])
            var changed = first
            changed.status = .yanked
            changed.reason = "broken\n'; DROP TABLE release; --"
            changed.expires = Samples.start
            changed.announced = Samples.start + .seconds(60)
            changed.isPinned = true
            changed.isRevoked = true
            changed.audience = Audience(.accounts, ["111122223333", "000011112222"])
            try await subject.ledger.record([.released(changed)], lease: lease)
            #expect(try await subject.state(of: item).releases == [changed])
        },
        ContractCase("the same name and number are another release in another account") { subject in
            let lease = try await subject.lease()
            let item = try Samples.item("requests")
            let first = Samples.release(1, of: item, status: .deprecated, expires: Samples.start)
            let others = ["111122223333", "999988887777"].map { account in
                Release(
                    id: .init(
                        account: account, region: first.id.region, name: first.id.name, number: first.id.number),
                    item: item, buildNumber: 1, arn: first.arn.replacing("000000000000", with: account),
                    status: .deprecated, published: Samples.start, expires: Samples.start)
            }
            try await subject.ledger.record([.built(Samples.build(1, of: item)), .released(first)], lease: lease)
            try await subject.ledger.record(others.map(Event.released), lease: lease)
            #expect(try await subject.state(of: item).releases == [first] + others)
            var changed = others[1]
            changed.status = .deleted
            var pinned = first
            pinned.isPinned = true
            try await subject.ledger.record([.released(changed), .released(pinned)], lease: lease)
            #expect(try await subject.state(of: item).releases == [pinned, others[0], changed])
            let due = try await subject.ledger.expiring(by: Samples.start, limit: 10)
            #expect(due == [others[0]])
        },
        ContractCase("releases are sorted by region, name and number, builds by number") { subject in
            let lease = try await subject.lease()
            let item = try Samples.item("requests")
            let releases = [10, 9, 2].flatMap { number in
                Samples.regions.map { Samples.release(number, of: item, in: $0) }
            }
            let builds = try [3, 1, 2].map { try Samples.build($0, of: item) }
            try await subject.ledger.record(builds.map(Event.built) + releases.map(Event.released), lease: lease)
            let state = try await subject.state(of: item)
            #expect(state.releases == releases.sorted { $0.id < $1.id })
            #expect(state.builds.map(\.buildNumber) == [1, 2, 3])
        },
        ContractCase("contents that gave the bytes of a build count as that build") { subject in
            let lease = try await subject.lease()
            let item = try Samples.item("requests")
            let build = try Samples.build(1, of: item)
            let again = try Samples.required(try Samples.build(2, of: item).artifact?.contents)
            try await subject.ledger.record([.built(build), .same(item, again, buildNumber: 1)], lease: lease)
            let state = try await subject.state(of: item)
            #expect(state.aliases == [again: 1])
            #expect(state.buildNumber(of: again) == 1)
        },
        ContractCase("what the checks said stays with a build") { subject in
            let lease = try await subject.lease()
            let item = try Samples.item("requests")
            let plain = try Samples.build(1, of: item)
            let artifact = try Samples.required(plain.artifact)
            let findings = [
                Finding(.missingLibrary, .error, "needs \"libé\"", wheel: "a.whl", waived: "ours"),
                Finding(.paths, .note, "long"),
            ]
            let judged = Build(
                buildNumber: 1, item: item, version: plain.version,
                artifact: .init(
                    sha256: artifact.sha256, zipped: artifact.zipped, unzipped: artifact.unzipped, lock: artifact.lock,
                    options: artifact.options, findings: findings),
                requirements: plain.requirements, packages: plain.packages, created: plain.created)
            try await subject.ledger.record([.built(judged)], lease: lease)
            let builds = try await subject.state(of: item).builds
            #expect(builds == [judged] && builds[0].artifact?.findings == findings)
        },
        ContractCase("a note is replaced by the next one and removed by none") { subject in
            let lease = try await subject.lease()
            let item = try Samples.item("requests")
            let (here, there) = (Samples.regions[0], Samples.regions[1])
            let pending = Note(kind: .pending, reason: "throttled", since: Samples.start)
            let unavailable = Note(kind: .unavailable, reason: "no arm64", since: Samples.start)
            try await subject.ledger.record([.noted(item, here, pending), .noted(item, there, pending)], lease: lease)
            try await subject.ledger.record([.noted(item, here, unavailable), .noted(item, there, nil)], lease: lease)
            #expect(try await subject.state(of: item).notes == [here: unavailable])
        },
        ContractCase("removing a note from an item that is not known does not make it known") { subject in
            let lease = try await subject.lease()
            try await subject.ledger.record([.noted(Samples.item("requests"), Samples.regions[0], nil)], lease: lease)
            #expect(try await subject.ledger.items(after: nil, limit: 10).isEmpty)
        },
        ContractCase("the last resolution counts") { subject in
            let lease = try await subject.lease()
            let item = try Samples.item("requests")
            let refused = Resolution(contents: nil, remarks: ["sdist only", "é"], since: Samples.start)
            let found = Resolution(
                contents: try Samples.build(1, of: item).artifact?.contents, remarks: [], since: Samples.start)
            try await subject.ledger.record([.resolved(item, refused)], lease: lease)
            #expect(try await subject.state(of: item).resolution == refused)
            try await subject.ledger.record([.resolved(item, found)], lease: lease)
            #expect(try await subject.state(of: item).resolution == found)
        },
        ContractCase("refused builds are kept with the resolution, every field of them, and go with it") { subject in
            let lease = try await subject.lease()
            let item = try Samples.item("requests")
            let contents = try Samples.required(Samples.build(1, of: item).artifact?.contents)
            let found = Resolution(contents: contents, remarks: ["young"], since: Samples.start)
            let reason = "two wheels disagree about 'é.py'; use prefer"
            let refused = found.refusing(
                RefusedBuild(contents: contents, reason: reason, since: Samples.start + .seconds(60), strata: "9.9"))
            try await subject.ledger.record([.resolved(item, found)], lease: lease)
            try await subject.ledger.record([.resolved(item, refused)], lease: lease)
            let state = try await subject.state(of: item)
            #expect(state.resolution == refused && state.resolution != found)
            try await subject.ledger.record([.resolved(item, refused)], lease: lease)
            #expect(try await subject.state(of: item) == state)
            try await subject.ledger.record([.resolved(item, found)], lease: lease)
            #expect(try await subject.state(of: item).resolution == found)
        },
        ContractCase("a hold is kept, replaced by the next one and removed by none") { subject in
            let lease = try await subject.lease()
            let item = try Samples.item("requests")
            let builds = try [1, 2].map { try Samples.build($0, of: item) }
            let contents = try Samples.required(builds[1].artifact?.contents)
            let events = builds.map(Event.built) + [.held(item, Hold(buildNumber: 1, insteadOf: contents))]
            try await subject.ledger.record(events, lease: lease)
            #expect(try await subject.state(of: item).hold == Hold(buildNumber: 1, insteadOf: contents))
            try await subject.ledger.record([.held(item, Hold(buildNumber: 2, insteadOf: contents))], lease: lease)
            #expect(try await subject.state(of: item).hold?.buildNumber == 2)
            try await subject.ledger.record([.held(item, nil)], lease: lease)
            let state = try await subject.state(of: item)
            #expect(state.hold == nil)
            try await subject.ledger.record([.held(item, nil)], lease: lease)
            #expect(try await subject.state(of: item) == state)
        },
        ContractCase("a unit of more changes than fit is refused as a whole") { subject in
            let lease = try await subject.lease()
            let item = try Samples.item("requests")
            let builds = try (1...101).map { Event.built(try Samples.build($0, of: item)) }
            await expect(.invalidRequest) { try await subject.ledger.record(builds, lease: lease) }
            let intents = (1...101).map { Samples.intent("P\($0)", of: item) }
            await expect(.invalidRequest) { try await subject.ledger.begin(intents, lease: lease) }
            #expect(try await subject.state(of: item) == ItemState(item: item))
        },
        ContractCase("what a unit names has to exist in its end, not in between") { subject in
            let lease = try await subject.lease()
            let item = try Samples.item("requests")
            let again = try Samples.required(try Samples.build(2, of: item).artifact?.contents)
            for wrong in [
                Event.same(item, again, buildNumber: 9), .released(Samples.release(1, of: item, buildNumber: 9)),
                .held(item, Hold(buildNumber: 9, insteadOf: again)),
            ] {
                await expect(.inconsistent) {
                    try await subject.ledger.record([.built(Samples.build(1, of: item)), wrong], lease: lease)
                }
            }
            #expect(try await subject.state(of: item) == ItemState(item: item))
            try await subject.ledger.record(
                [
                    .released(Samples.release(1, of: item)), .same(item, again, buildNumber: 9),
                    .held(item, Hold(buildNumber: 9, insteadOf: again)), .built(Samples.build(1, of: item)),
                    .same(item, again, buildNumber: 1), .held(item, nil),
                ], lease: lease)
            #expect(try await subject.state(of: item).aliases == [again: 1])
        },
        ContractCase("as many changes as are promised to fit one unit do, of one item and of many, also new ones") {
            subject in
            let lease = try await subject.lease()
            let item = try Samples.item("requests")
            let one = try (1...200).map { Event.built(try Samples.build($0, of: item)) }
            let many = try (1...60).map { Event.built(try Samples.build(1, of: Samples.item("layer-\($0)"))) }
            let intents = try (1...60).map { Samples.intent("P\($0)", of: try Samples.item("other-\($0)")) }
            for unit in LedgerUnit.units(of: one) + LedgerUnit.units(of: many) {
                try await subject.ledger.record(unit, lease: lease)
            }
            for unit in LedgerUnit.units(of: intents) { try await subject.ledger.begin(unit, lease: lease) }
            #expect(try await subject.state(of: item).builds.count == 200)
            #expect(try await subject.ledger.items(after: nil, limit: 200).count == 121)
            #expect(try await subject.ledger.openIntents(after: nil, limit: 100).count == 60)
        },
        ContractCase("a mark is kept, replaced and removed") { subject in
            let lease = try await subject.lease()
            #expect(try await subject.ledger.checkpoint("main") == nil)
            try await subject.ledger.setCheckpoint("main", "17", lease: lease)
            try await subject.ledger.setCheckpoint("gh-pages", "", lease: lease)
            #expect(try await subject.other.checkpoint("main") == "17")
            #expect(try await subject.other.checkpoint("gh-pages") == "")
            try await subject.ledger.setCheckpoint("main", nil, lease: lease)
            #expect(try await subject.ledger.checkpoint("main") == nil)
        },
    ]
}
