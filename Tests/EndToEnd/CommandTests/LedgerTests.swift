import FoundationEssentials
import Testing

@Suite("A ledger in DynamoDB, used by commands")
struct LedgerTests {
    @Test("serves a run to 34 regions, tells what it cost, and moves to a file and back without a trace")
    func wholeWay() async throws {
        try await PackageIndex.run(["alpha1": [PackageIndex.Release()]]) { index in
            try await Cloud.run { cloud in
                var configuration = Configuration(
                    layers: ["alpha1"], targets: ["python3.12"], regions: Cloud.regions, index: index.simple,
                    publish: cloud.publish())
                configuration.ledger = "dynamodb:strata-ledger@eu-west-1"
                let place = try Workplace(configuration, hasOwnCache: true)
                func strata(_ arguments: String...) async throws -> Outcome {
                    try await place.command(arguments, environment: cloud.environment).run()
                }

                let missing = try await strata("status")
                #expect(missing.code == 2 && missing.errors.count == 1, "\(missing.error)")
                #expect(missing.error.contains("there is no table 'strata-ledger' in eu-west-1"), "\(missing.error)")
                #expect(missing.error.contains("'strata deploy' makes it"), "\(missing.error)")

                try await cloud.makeTable("strata-ledger", in: "eu-west-1")
                let first = try await strata("publish")
                #expect(first.code == 0, "\(first.error)")
                #expect(first.output.contains("Published 34 releases in 34 regions from 1 build"), "\(first.output)")
                #expect(first.error.contains("write units of DynamoDB"), "\(first.error)")
                let commits = try await place.commits()
                #expect(try await strata("publish").output.contains("Nothing to do"))

                // To a file: the same releases, and the registry's marks still true.
                let copy = try await strata("ledger", "copy", "dynamodb:strata-ledger@eu-west-1", "sqlite:copy.sqlite")
                #expect(copy.code == 0, "\(copy.error)")
                #expect(copy.output.contains("1 item written, 0 there before"), "\(copy.output)")
                #expect(copy.output.contains("1 item, 1 build, 34 releases, 0 open actions"), "\(copy.output)")
                configuration.ledger = "sqlite:copy.sqlite"
                try place.write("strata.yaml", configuration.text)
                #expect(try await strata("publish").output.contains("Nothing to do"))
                #expect(try await place.commits() == commits)

                // And back, into another table; never into one that holds something, unless that is meant.
                try await cloud.makeTable("second", in: "us-east-1")
                let back = try await strata("ledger", "copy", "sqlite:copy.sqlite", "dynamodb:second@us-east-1")
                #expect(back.code == 0, "\(back.error)")
                let again = try await strata("ledger", "copy", "sqlite:copy.sqlite", "dynamodb:second@us-east-1")
                #expect(again.code == 5 && again.error.contains("--resume"), "\(again.error)")
                let resumed = try await strata(
                    "ledger", "copy", "--resume", "sqlite:copy.sqlite", "dynamodb:second@us-east-1")
                #expect(resumed.code == 0 && resumed.output.contains("0 items written, 1 there before"))
                configuration.ledger = "dynamodb:second@us-east-1"
                try place.write("strata.yaml", configuration.text)
                #expect(try await strata("publish").output.contains("Nothing to do"))
                #expect(try await place.commits() == commits)

                let itself = try await strata("ledger", "copy", "sqlite:copy.sqlite", "sqlite:copy.sqlite")
                #expect(itself.code == 2, "\(itself.error)")
                let nothing = try await strata("ledger", "copy", "sqlite:none.sqlite", "sqlite:new.sqlite")
                #expect(nothing.code == 1 && nothing.error.contains("there is no ledger none.sqlite"))
                #expect(try !place.names(in: ".").contains("none.sqlite"))
            }
        }
    }
}
