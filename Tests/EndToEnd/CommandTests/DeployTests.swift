import FoundationEssentials
import Testing

/// `strata deploy` against moto's CloudFormation, with what moto lacks put in by `stacks.py`.
@Suite("Deploying a fleet", .serialized)
struct DeployTests {
    private static let configuration = """
        version: 1
        registry: { name: Test layers, url: https://example.invalid/layers }
        targets: [python3.12]
        regions: [us-east-1, eu-west-1]
        layers:
          - alpha
          - from: lists/more.csv
        publish: { provider: aws, prefix: t, visibility: public, partitions: { aws: { account: "ACCOUNT" } } }
        ledger: dynamodb:strata@us-east-1
        git: { remote: "git@example.invalid:acme/layers.git", author: Test <test@example.invalid>, \
        ssh-key: "secretsmanager:strata/deploy-key", host-keys: [known_hosts] }

        """

    private func withPlace(_ body: @Sendable (Cloud, Workplace) async throws -> Void) async throws {
        try await Cloud.runFleet { cloud in
            let place = try Workplace()
            try place.write(
                "strata.yaml", Self.configuration.replacing("ACCOUNT", with: cloud.account))
            try place.write("lists/more.csv", "Package_Name,License,Authors/Maintainers\nbeta,MIT,Somebody\n")
            try place.write("bundle.zip", "PK\u{3}\u{4}: what stands in for the functions' zip")
            try await place.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "host")
            try place.write("known_hosts", "example.invalid \(try place.text("host.pub"))")
            try await body(cloud, place)
        }
    }

    /// Runs `strata deploy` with an answer to its questions.
    private func deploy(
        _ cloud: Cloud, _ place: Workplace, _ arguments: String..., answer: String = "", code: Int32 = 0
    ) async throws -> Outcome {
        let command = try place.command(
            ["deploy"] + arguments, environment: cloud.environment.merging(["ANSWER": answer]) { $1 },
            shell: #"exec < <(printf '%s' "$ANSWER")"#)
        let outcome = try await command.run()
        #expect(outcome.code == code, "\(arguments): \(outcome.error)")
        return outcome
    }

    @Test("a dry run shows everything and leaves nothing")
    func dryRun() async throws {
        try await withPlace { cloud, place in
            let outcome = try await deploy(cloud, place, "--bundle", "bundle.zip", "--dry-run")
            for resource in ["Ledger", "Bucket", "PublishFunction", "StateMachine", "Timer", "DeployKey"] {
                #expect(outcome.output.contains("+ \(resource) "), "\(resource)")
            }
            #expect(!outcome.output.contains("GitHub"), "what was not asked for")
            let status = try await deploy(cloud, place, "--status")
            #expect(status.output.contains("There is no fleet 'strata'"), "\(status.output)")
        }
    }

    @Test("nothing is changed without a yes")
    func asked() async throws {
        try await withPlace { cloud, place in
            for answer in ["", "no\n", "y\n"] {
                let outcome = try await deploy(cloud, place, "--bundle", "bundle.zip", answer: answer, code: 5)
                #expect(outcome.errors.isEmpty == false || outcome.error.contains("nothing was changed"))
                #expect(outcome.output.contains("Would add 3."), "\(outcome.output)")
            }
            #expect(try await deploy(cloud, place, "--status").output.contains("There is no fleet"))
            #expect(try await cloud.objects().isEmpty)
        }
    }

    @Test("makes a fleet, changes it, and finds nothing to change when there is nothing")
    func wholeLife() async throws {
        try await withPlace { cloud, place in
            let first = try await deploy(cloud, place, "--bundle", "bundle.zip", answer: "yes\nyes\n")
            #expect(first.output.contains("stateMachine:strata"), "\(first.output)")
            #expect(first.error.contains("strata keys new") && first.error.contains("--schedule"), "\(first.error)")
            let objects = try await cloud.objects()
            #expect(objects.count == 2, "\(objects.keys)")
            let bundle = try #require(objects.first { $0.key.hasPrefix("code/") })
            #expect(bundle.value == (try place.text("bundle.zip")))
            let configuration = try #require(objects.first { $0.key.hasPrefix("config/") })
            let files = try JSONDecoder().decode([String: String].self, from: Data(configuration.value.utf8))
            #expect(files.keys.sorted() == ["known_hosts", "lists/more.csv", "strata.yaml"])
            #expect(files["strata.yaml"] == (try place.text("strata.yaml")))

            let again = try await deploy(cloud, place, "--bundle", "bundle.zip")
            #expect(again.output.contains("Nothing to change"), "\(again.output)")

            // The key, the schedule; then all that is left to do is to start.
            _ = try await place.strata("keys", "new", environment: cloud.environment)
            let scheduled = try await deploy(
                cloud, place, "--bundle", "bundle.zip", "--schedule", "rate(1 hour)", "--yes")
            #expect(scheduled.output.contains("~ Timer"), "\(scheduled.output)")
            #expect(!scheduled.error.contains("keys new") && !scheduled.error.contains("--schedule"))

            // What was chosen before stays; what the configuration changes, changes the functions.
            try place.write(
                "lists/more.csv", "Package_Name,License,Authors/Maintainers\nbeta,MIT,Somebody\ngamma,MIT,Somebody\n")
            let changed = try await deploy(cloud, place, "--bundle", "bundle.zip", "--yes")
            #expect(changed.output.contains("~ PlanFunction") && !changed.output.contains("~ Timer"))
            #expect(changed.output.contains("rate(1 hour)"), "\(changed.output)")
        }
    }

    @Test("a failure is told by its first reason, and the next deployment goes on from there")
    func failures() async throws {
        try await withPlace { cloud, place in
            try await cloud.fail(resources: "Bucket")
            let created = try await deploy(cloud, place, "--bundle", "bundle.zip", "--yes", code: 1)
            #expect(created.errors.count == 1 && created.error.contains("Bucket was made to fail"), "\(created.error)")
            let dry = try await deploy(cloud, place, "--bundle", "bundle.zip", "--dry-run", code: 1)
            #expect(dry.error.contains("has left the stack 'strata' as ROLLBACK_COMPLETE"), "\(dry.error)")
            try await cloud.fail(resources: "Topic")
            let half = try await deploy(cloud, place, "--bundle", "bundle.zip", "--yes", code: 1)
            #expect(half.errors.count == 1 && half.error.contains("Topic was made to fail"), "\(half.error)")
            try await cloud.fail()
            let whole = try await deploy(cloud, place, "--bundle", "bundle.zip", "--yes")
            #expect(!whole.output.contains("+ Bucket ") && whole.output.contains("+ Topic "), "\(whole.output)")
        }
    }

    @Test("what goes away is told and asked for by its name; layers and a kept ledger stay")
    func destroyed() async throws {
        try await withPlace { cloud, place in
            _ = try await deploy(cloud, place, "--bundle", "bundle.zip", "--yes")
            _ = try await place.strata("keys", "new", environment: cloud.environment)
            let refused = try await deploy(cloud, place, "--destroy", answer: "yes\n", code: 5)
            #expect(refused.output.contains("with 2 objects"), "\(refused.output)")
            #expect(try await cloud.objects().count == 2)

            let kept = try await deploy(cloud, place, "--destroy", "--keep-ledger", answer: "strata\n")
            #expect(!kept.output.contains("the ledger 'strata'"), "\(kept.output)")
            let rest = try await deploy(cloud, place, "--destroy", "--yes")
            #expect(rest.output.contains("the ledger 'strata'") && !rest.output.contains("the stack"), "\(rest.output)")
            let none = try await deploy(cloud, place, "--destroy", "--yes")
            #expect(none.output.contains("There is no fleet"), "\(none.output)")
            let requests = try await cloud.requests()
            #expect(
                !requests.keys.contains { $0.hasPrefix("lambda DELETE /2018-10-31/layers") }, "no layer was touched")
        }
    }

    @Test("a removal that failed half-way is finished by the next one, the secret included")
    func destroyedTwice() async throws {
        try await withPlace { cloud, place in
            _ = try await deploy(cloud, place, "--bundle", "bundle.zip", "--yes")
            try await cloud.set(.init(operation: "DeleteObject", fault: "status", status: 403, code: "AccessDenied"))
            let half = try await deploy(cloud, place, "--destroy", "--yes", code: 1)
            #expect(half.output.contains("the secret 'strata/deploy-key'"), "\(half.output)")
            #expect(half.errors.count == 1, "\(half.error)")
            try await cloud.set()
            let rest = try await deploy(cloud, place, "--destroy", "--yes")
            #expect(!rest.output.contains("the stack"), "\(rest.output)")
            #expect(rest.output.contains("the secret 'strata/deploy-key'"), "\(rest.output)")
            let none = try await deploy(cloud, place, "--destroy", "--yes")
            #expect(none.output.contains("There is no fleet"), "\(none.output)")
        }
    }

    @Test("a secret that a removed fleet has left is restored with its key, and goes again with the next removal")
    func restored() async throws {
        try await withPlace { cloud, place in
            _ = try await deploy(cloud, place, "--bundle", "bundle.zip", "--yes")
            let key = try await place.strata("keys", "new", environment: cloud.environment)
            _ = try await deploy(cloud, place, "--destroy", "--yes")
            let ending = try await place.strata("keys", "show", environment: cloud.environment)
            #expect(ending.code == 1 && ending.error.contains("restore-secret --secret-id strata/deploy-key"))

            let dry = try await deploy(cloud, place, "--bundle", "bundle.zip", "--dry-run")
            #expect(dry.output.contains("it would be restored") && !dry.output.contains("+ DeployKey "))
            let again = try await deploy(cloud, place, "--bundle", "bundle.zip", "--yes")
            #expect(again.output.contains("'strata/deploy-key' is to be deleted: it is restored"), "\(again.output)")
            #expect(!again.error.contains("keys new"), "the key is there: \(again.error)")
            let shown = try await place.strata("keys", "show", environment: cloud.environment)
            #expect(shown.code == 0 && key.output.contains(shown.output.split(separator: " ")[1]), "\(shown.error)")

            let removed = try await deploy(cloud, place, "--destroy", "--yes")
            #expect(removed.output.contains("the secret 'strata/deploy-key'"), "\(removed.output)")
        }
    }

    @Test("staging buckets are made in every region, with versions; one without is refused before anything is made")
    func staging() async throws {
        try await withPlace { cloud, place in
            let staging = #"provider: aws, staging: { bucket: "layers-{account}-{region}" },"#
            try place.write("strata.yaml", try place.text("strata.yaml").replacing("provider: aws,", with: staging))
            let dry = try await deploy(cloud, place, "--bundle", "bundle.zip", "--dry-run")
            for region in ["us-east-1", "eu-west-1"] {
                #expect(dry.output.contains("+ layers-\(cloud.account)-\(region) in \(region)"), "\(dry.output)")
            }
            #expect(dry.output.contains("+ StagingPolicy "), "\(dry.output)")
            let made = try await deploy(cloud, place, "--bundle", "bundle.zip", "--yes")
            #expect(made.output.contains("Makes 2 staging buckets"), "\(made.output)")
            let again = try await deploy(cloud, place, "--bundle", "bundle.zip", "--yes")
            #expect(!again.output.contains("staging bucket") && again.output.contains("Nothing to change"))

            struct Bucket: Encodable {
                var account: String, bucket: String
                var region = "eu-west-1"
                var versioned = false
            }
            try await cloud.tell("buckets", Bucket(account: cloud.account, bucket: "plain-\(cloud.account)-eu-west-1"))
            try place.write(
                "strata.yaml", try place.text("strata.yaml").replacing("layers-{account}", with: "plain-{account}"))
            let plain = try await deploy(cloud, place, "--bundle", "bundle.zip", "--yes", code: 2)
            #expect(plain.error.contains("keeps no versions"), "\(plain.error)")
            #expect(!plain.output.contains("Makes"), "\(plain.output)")
        }
    }

    @Test("the functions that push may write to the site's bucket, and a folder is refused")
    func site() async throws {
        try await withPlace { cloud, place in
            let written = try place.text("strata.yaml")
            try place.write(
                "strata.yaml",
                written + "site: { to: \"s3://acme-site/layers\", region: eu-west-1, cloudfront: E2QWRUHAPOMQZL }\n")
            let dry = try await deploy(cloud, place, "--bundle", "bundle.zip", "--dry-run")
            #expect(dry.output.contains("+ SitePolicy ") && dry.output.contains("+ RefreshPolicy "), "\(dry.output)")
            try place.write("strata.yaml", written + "site: { to: www }\n")
            let refused = try await deploy(cloud, place, "--bundle", "bundle.zip", "--dry-run", code: 2)
            #expect(refused.error.contains("'site.to' names a folder, which functions do not have"), "\(refused.error)")
            try place.write("strata.yaml", written)
            let without = try await deploy(cloud, place, "--bundle", "bundle.zip", "--dry-run")
            #expect(!without.output.contains("SitePolicy"), "\(without.output)")
        }
    }

    @Test("the alarm for a fleet that is silent fits its schedule, and former zips go")
    func silence() async throws {
        try await withPlace { cloud, place in
            let schedules = [
                ("rate(6 hours)", "1"), ("rate(1 day)", "2"), ("cron(0 3 ? * MON,THU *)", "5"), ("rate(7 days)", "0"),
            ]
            for (round, (schedule, days)) in schedules.enumerated() {
                try place.write("bundle.zip", "PK\u{3}\u{4}: \(round)")
                let outcome = try await deploy(cloud, place, "--bundle", "bundle.zip", "--schedule", schedule, "--yes")
                let line = outcome.output.split(separator: "\n").first { $0.contains("SilentDays") }
                #expect(line?.hasSuffix(" \(days)") == true, "\(schedule): \(outcome.output)")
            }
            let zips = try await cloud.objects().filter { $0.key.hasPrefix("code/") }.values
            #expect(zips.map { String($0.suffix(1)) }.sorted() == ["2", "3"], "the last, and the one before")
        }
    }

    @Test("a stack of that name that is somebody else's is neither changed nor removed")
    func foreign() async throws {
        try await withPlace { cloud, place in
            let template = #"{"Resources":{"Theirs":{"Type":"AWS::SNS::Topic","Properties":{"TopicName":"theirs"}}}}"#
            try await cloud.makeStack("strata", template)
            for arguments in [["--bundle", "bundle.zip", "--yes"], ["--destroy", "--yes"]] {
                let outcome = try await place.command(["deploy"] + arguments, environment: cloud.environment).run()
                #expect(outcome.code == 1 && outcome.errors.count == 1, "\(outcome.error)")
                #expect(outcome.error.contains("is not a fleet"), "\(outcome.error)")
            }
        }
    }

    @Test("a configuration that functions cannot work with is refused with all that is wrong")
    func obstacles() async throws {
        try await withPlace { cloud, place in
            try place.write(
                "strata.yaml",
                try place.text("strata.yaml").replacing("secretsmanager:strata/deploy-key", with: "env:KEY")
                    .replacing("account: \"", with: "profile: work, account: \""))
            let outcome = try await deploy(cloud, place, "--bundle", "bundle.zip", "--yes", code: 2)
            #expect(outcome.errors.count == 2, "\(outcome.error)")
            try place.write(
                "strata.yaml",
                Self.configuration.replacing("ACCOUNT", with: cloud.account).replacing(
                    "dynamodb:strata@us-east-1", with: "sqlite:x"))
            #expect(try await deploy(cloud, place, code: 2).error.contains("a fleet's ledger is in DynamoDB"))
            try place.write(
                "strata.yaml", Self.configuration.replacing("ACCOUNT", with: cloud.account))
            let missing = try await deploy(cloud, place, code: 1)
            #expect(missing.errors.count == 1 && missing.error.contains("make lambda"), "\(missing.error)")
            let text = try await deploy(cloud, place, "--bundle", "strata.yaml", code: 1)
            #expect(text.errors.count == 1 && text.error.contains("that is not a zip"), "\(text.error)")
        }
    }
}
