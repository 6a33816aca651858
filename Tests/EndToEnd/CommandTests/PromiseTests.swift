import FoundationEssentials
import Testing

/// What was promised is not taken back by a line of the configuration: it is shown, refused, and done when it is allowed.
@Suite("Changes that break a promise")
struct PromiseTests {
    private func publishing(_ account: String = "111122223333", visibility: String = ", visibility: public") -> String {
        "{ provider: local, folder: lambda, prefix: t\(visibility), "
            + "partitions: { aws: { account: \"\(account)\" } } }"
    }

    /// Neither planned without a word nor carried out, until the option is given.
    private func expectRefused(_ place: Workplace, _ option: String) async throws {
        let before = try place.files("lambda").map { try place.bytes("lambda/\($0)") }
        for command in ["plan", "publish"] {
            let outcome = try await place.strata(command)
            #expect(outcome.code == 5, "\(command): \(outcome.output)\(outcome.error)")
            #expect((outcome.output + outcome.error).contains(option), "\(command): \(outcome.output)\(outcome.error)")
        }
        #expect(try place.files("lambda").map { try place.bytes("lambda/\($0)") } == before)
        let allowed = try await place.strata("plan", option)
        #expect(allowed.code == 0, "\(allowed.output)\(allowed.error)")
        let outcome = try await place.strata("publish", option)
        #expect(outcome.code == 0, "\(outcome.output)\(outcome.error)")
        let idle = try await place.strata("publish")
        #expect(idle.code == 0 && idle.output.contains("Nothing to do"), "\(idle.output)\(idle.error)")
    }

    @Test("another account, less visibility, another package and a lower version")
    func refused() async throws {
        try await PackageIndex.run(["alpha": [.init(), .init(version: "2.0")], "beta": [.init()]]) { index in
            var wanted = Configuration(
                layers: ["alpha"], targets: ["python3.12"], index: index.simple, publish: publishing())
            let place = try Workplace(wanted)
            #expect(try await place.strata("publish").code == 0)

            wanted.publish = publishing("444455556666")
            try place.write("strata.yaml", wanted.text)
            let plan = try await place.strata("plan")
            #expect(plan.output.contains("the account has changed"), "\(plan.output)")
            let prune = try await place.strata("prune")
            #expect(prune.code == 0, "\(prune.error)")
            try await expectRefused(place, "--allow-account-change")
            let rows = try place.rows(of: try await place.clone())
            #expect(rows.count { $0.status == "latest" && $0.arn.contains(":444455556666:") } == 2, "\(rows)")
            #expect(rows.count { $0.status == "deprecated" && $0.arn.contains(":111122223333:") } == 2, "\(rows)")

            wanted.publish = publishing("444455556666", visibility: "")
            try place.write("strata.yaml", wanted.text)
            let lost = try await place.strata("plan")
            #expect(lost.output.contains("readable by everybody → by the own account"), "\(lost.output)")
            #expect(try await place.strata("reconcile", "--fix").code == 0)
            try await expectRefused(place, "--allow-revocations")
            #expect(!(try place.files("lambda").filter { $0.hasSuffix("policy.json") }).isEmpty)

            wanted.layers = ["alpha<2"]
            try place.write("strata.yaml", wanted.text)
            try await expectRefused(place, "--allow-lower")

            wanted.layers = ["{ name: alpha, requires: [beta] }"]
            try place.write("strata.yaml", wanted.text)
            try await expectRefused(place, "--allow-other-package")
        }
    }
}
