import Consuming
import Contracts
import Local
import Model
import Testing

@Suite("Importing into a ledger")
struct ImporterTests {
    private static let now = Samples.start

    @Test("releases become external ones, and builds whose numbers follow the time")
    func order() async throws {
        try await withLedger { ledger, lease in
            let releases = read(
                """
                Package,Package Version,Status,Expiry Date,Arn
                x,1.0,deprecated,2022-01-01,\(arn("us-east-1", 3))
                x,1.0,deprecated,2022-02-01,\(arn("us-east-1", 4))
                x,10.0,deprecated,2022-03-01,\(arn("us-east-1", 5))
                x,9.0,latest,,\(arn("us-east-1", 7))
                x,10.0,deprecated,2022-03-01,\(arn("eu-west-1", 1))
                x,9.0,latest,,\(arn("eu-west-1", 2))
                """)
            let summary = try await Importer(into: ledger, lease: lease).record(releases, now: Self.now)
            #expect(summary.items == 1 && summary.builds == 3 && summary.releases == 6 && summary.refusals.isEmpty)
            let state = try await ledger.states(of: [Samples.item("x", "python3.8")])[0]
            #expect(state.builds.map(\.version) == ["1.0", "10.0", "9.0"])
            #expect(
                state.builds.allSatisfy { $0.artifact == nil && $0.requirements == ["x"] && $0.created == Self.now })
            #expect(state.releases.map(\.buildNumber) == [2, 3, 1, 1, 2, 3])
            #expect(state.releases.allSatisfy { $0.isExternal })
            #expect(state.latestBuild?.version == "9.0")
            #expect(try await ledger.expiring(by: Self.now, limit: 10).isEmpty)
        }
    }

    @Test("the same requirements in all regions are one build; others under the same version are another")
    func builds() async throws {
        try await withLedger { ledger, lease in
            func line(_ region: String, _ number: Int, _ date: String, _ requirements: String) -> String {
                #"{"pk": "lyr#a", "sk": "lyrVrsn#v\#(number)", "pckg": "x", "arn": "\#(arn(region, number))", "pckgVrsn": "1.0", "dplySts": "latest", "crtdDt": "\#(date)T00:00:00", "rqrmntsTxt": "\#(requirements)"}"#
            }
            let releases = read(
                [
                    line("us-east-1", 9, "2022-05-02", #"x==1.0\nidna==3.5"#),
                    line("eu-west-1", 2, "2022-05-01", #"idna==3.4\nx==1.0"#),
                    line("us-east-1", 8, "2022-04-30", #"x==1.0\nidna==3.4"#),
                ].joined(separator: "\n"))
            _ = try await Importer(into: ledger, lease: lease).record(releases, now: Self.now)
            let state = try await ledger.states(of: [Samples.item("x", "python3.8")])[0]
            #expect(state.builds.map { $0.packages.map(\.version) } == [["3.4", "1.0"], ["3.5", "1.0"]])
            #expect(state.builds.map(\.created) == [Timestamp("2022-04-30"), Timestamp("2022-05-02")])
            #expect(state.releases.map(\.buildNumber) == [1, 1, 2])
            #expect(state.releases.map(\.published.date) == ["2022-05-01", "2022-04-30", "2022-05-02"])
        }
    }

    @Test("where the status is not told, the newest is the latest, and the others are remarked on")
    func unstated() async throws {
        try await withLedger { ledger, lease in
            let releases = read(
                """
                package,package_version,layer_version_arn,time_to_live
                x,1.0,\(arn("us-east-1", 1)),24-06-2020
                x,1.1,\(arn("us-east-1", 2)),
                x,1.2,\(arn("us-east-1", 3)),
                """)
            let summary = try await Importer(into: ledger, lease: lease).record(releases, now: Self.now)
            let state = try await ledger.states(of: [Samples.item("x", "python3.8")])[0]
            #expect(state.releases.map(\.status) == [.deprecated, .deprecated, .latest])
            #expect(state.releases.map(\.expires) == [Timestamp("2020-06-24"), nil, nil])
            #expect(summary.remarks.map(\.source.line) == [3])
        }
    }

    @Test("importing the same again changes nothing, in whatever order and later")
    func again() async throws {
        try await withLedger { ledger, lease in
            let releases = many(items: 40, regions: 3, versions: 5)
            let importer = Importer(into: ledger, lease: lease)
            let summary = try await importer.record(releases, now: Self.now)
            #expect(summary.releases == 600)
            let before = try await ledger.changes(since: 0, limit: 1000)
            let again = try await importer.record(releases.shuffled(), now: Self.now + .seconds(86_400))
            #expect(again.builds == 0 && again.releases == 0)
            #expect(try await ledger.changes(since: 0, limit: 1000) == before)
        }
    }

    @Test("a later state of the files is taken over; what a maintainer decided since stays")
    func update() async throws {
        try await withLedger { ledger, lease in
            let head = "Package,Package Version,Status,Expiry Date,Arn\n"
            let importer = Importer(into: ledger, lease: lease)
            _ = try await importer.record(
                read(
                    "\(head)x,1.0,latest,,\(arn("us-east-1", 1))\nx,0.9,deprecated,2022-01-01,\(arn("us-east-1", 9))\n"),
                now: Self.now)
            let item = try Samples.item("x", "python3.8")
            var decided = try await ledger.states(of: [item])[0].releases
            decided[0].isPinned = true
            decided[1].status = .yanked
            try await ledger.record(decided.map(Event.released), lease: lease)

            let summary = try await importer.record(
                read(
                    """
                    \(head)x,1.0,deprecated,2023-01-01,\(arn("us-east-1", 1))
                    x,0.9,deprecated,2022-01-01,\(arn("us-east-1", 9))
                    x,1.1,latest,,\(arn("us-east-1", 2))
                    """), now: Self.now + .seconds(60))
            #expect(summary.builds == 1 && summary.releases == 2)
            let releases = try await ledger.states(of: [item])[0].releases
            #expect(releases.map(\.status) == [.deprecated, .latest, .yanked])
            #expect(releases[0].isPinned)
            #expect(releases[0].published == Self.now)
            #expect(releases[0].expires == Timestamp("2023-01-01"))
        }
    }

    @Test("files of different days leave one latest, and ends that only move later, in whatever order they come")
    func disagreement() async throws {
        let head = "Package,Package Version,Status,Expiry Date,Arn\n"
        let old = head + "x,1.0,latest,,\(arn("us-east-1", 5))\nx,0.9,deprecated,2024-02-01,\(arn("us-east-1", 4))\n"
        let dump = """
            {"pk": "lyr#a", "sk": "lyrVrsn#v6", "pckg": "x", "arn": "\(arn("us-east-1", 6))", "pckgVrsn": "1.1", "dplySts": "latest"}
            {"pk": "lyr#a", "sk": "lyrVrsn#v4", "pckg": "x", "arn": "\(arn("us-east-1", 4))", "pckgVrsn": "0.9", "dplySts": "deprecated", "exDt": "2024-05-01"}
            """
        for files in [[old, dump], [dump, old]] {
            for isAtOnce in [true, false] {
                try await withLedger { ledger, lease in
                    let importer = Importer(into: ledger, lease: lease)
                    var decisions = 0
                    for files in isAtOnce ? [files] : files.map({ [$0] }) {
                        var reader = KlayersReader()
                        for file in files {
                            reader.begin("file")
                            reader.read(file.utf8)
                            reader.end()
                        }
                        #expect(reader.result.refusals.isEmpty)
                        let summary = try await importer.record(reader.result.releases, now: Self.now)
                        decisions += (reader.result.remarks + summary.remarks).count { $0.isDecision }
                    }
                    let releases = try await ledger.states(of: [Samples.item("x", "python3.8")])[0].releases
                    #expect(releases.map(\.id.number) == [4, 5, 6])
                    #expect(releases.map(\.status) == [.deprecated, .deprecated, .latest])
                    #expect(releases.map(\.expires) == [Timestamp("2024-05-01"), nil, nil])
                    #expect(decisions > 0)
                }
            }
        }
    }

    @Test("what this registry published itself is not taken over")
    func own() async throws {
        try await withLedger { ledger, lease in
            let item = try Samples.item("x", "python3.8")
            let id = try #require(LayerVersionARN(arn("us-east-1", 1))).release
            let own = Release(
                id: id, item: item, buildNumber: 1, arn: arn("us-east-1", 1), status: .latest, published: Self.now)
            try await ledger.record([.built(Samples.build(1, of: item)), .released(own)], lease: lease)
            let releases = read("package,package_version,layer_version_arn,time_to_live\nx,1.0,\(own.arn),\n")
            let summary = try await Importer(into: ledger, lease: lease).record(releases, now: Self.now)
            #expect(summary.refusals.map(\.source.line) == [2])
            #expect(try await ledger.states(of: [item])[0].releases == [own])
        }
    }

    private func arn(_ region: String, _ number: Int) -> String {
        "arn:aws:lambda:\(region):770693421928:layer:Klayers-python38-x:\(number)"
    }

    private func read(_ text: String) -> [ImportedRelease] {
        var reader = KlayersReader()
        reader.begin("file")
        reader.read(text.utf8)
        reader.end()
        #expect(reader.result.refusals.isEmpty)
        return reader.result.releases
    }

    private func many(items: Int, regions: Int, versions: Int) -> [ImportedRelease] {
        var text = "Package,Package Version,Status,Expiry Date,Arn\n"
        for region in Region.known.prefix(regions) where region.partition == .aws {
            for item in 0..<items {
                for version in 1...versions {
                    let status = version == versions ? "latest," : "deprecated,2022-01-0\(version)T00:00:00"
                    text +=
                        "p\(item),1.\(version),\(status),arn:aws:lambda:\(region):770693421928:layer:Klayers-p312-p\(item):\(version)\n"
                }
            }
        }
        return read(text)
    }
}

/// Runs a test with an empty ledger and a lease on it.
func withLedger(_ body: (SQLiteLedger, Lease) async throws -> Void) async throws {
    try await withTemporaryFolder { folder in
        let ledger = try await SQLiteLedger.open(path: "\(folder)/ledger.sqlite")
        let lease = try await ledger.acquire("publish", holder: "test", now: Samples.start, term: .seconds(3600))
        try await body(ledger, lease)
    }
}
