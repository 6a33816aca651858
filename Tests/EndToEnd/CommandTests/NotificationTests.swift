import FoundationEssentials
import Local
import Model
import Testing

/// Who is told of runs, received by real listeners.
@Suite("Notifications")
struct NotificationTests {
    /// Stands for the part of a webhook's URL that nobody may see.
    private static let token = "T0-not-to-be-seen"

    /// A place with one layer, whose sinks are lines of YAML.
    /// - Parameter secrets: where the URLs lie in files; nil for a folder in the place.
    private static func place(
        _ index: PackageIndex, _ listener: Listener, _ sinks: [String], more: String = "", secrets: Workplace? = nil
    ) throws -> Workplace {
        var configuration = Configuration(
            layers: ["alpha"], targets: ["python3.12"], regions: ["eu-west-1"], index: index.simple)
        configuration.more =
            "notify:\n  \(more)\n  sinks:\n" + sinks.map { "    - \($0)" }.joined(separator: "\n")
        let folder = secrets.map { "\($0.folder)/secrets" } ?? "secrets"
        configuration.more = configuration.more.replacing("SECRETS", with: folder)
        let place = try Workplace(configuration, hasOwnCache: true)
        let holder = secrets ?? place
        for part in ["fail", "limit", "hang", "moved", "json", "slack", "teams", "discord", "mattermost", "beat"] {
            try holder.write("secrets/\(part)", "\(listener.url)/\(part)/\(token)\n")
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o600], ofItemAtPath: "\(holder.folder)/secrets/\(part)")
        }
        return place
    }

    private static func script(_ place: Workplace, _ name: String, _ text: String) throws {
        try place.write(name, "#!/bin/sh\n\(text)\n")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: "\(place.folder)/\(name)")
    }

    @Test("each sink is told of what was published, once, in its own shape; no URL is anywhere")
    func everySink() async throws {
        try await PackageIndex.run(["alpha": [.init()]]) { index in
            try await Listener.run { listener in
                let shapes = ["json", "slack", "teams", "discord", "mattermost"]
                let secrets = try Workplace()
                let place = try Self.place(
                    index, listener,
                    shapes.map { "{ name: \($0), webhook: \"file:SECRETS/\($0)\", shape: \($0) }" } + [
                        "{ mail: [ops@example.org, dev@example.org], from: strata@example.org, sendmail: bin/sendmail, "
                            + "on: [published] }", "{ command: [bin/tell, --flag, \"a b\"] }",
                    ], more: "healthcheck: \"file:SECRETS/beat\"", secrets: secrets)
                try Self.script(
                    place, "bin/sendmail", "printf '%s\\n' \"$@\" >>mail.args; cat >>mail.txt; echo >>mails")
                try Self.script(place, "bin/tell", "printf '%s\\n' \"$@\" >args; env >env; cat >>told.json")
                try await SecretWatch.run { watch in
                    var texts = ""
                    for _ in 1...2 {
                        let run = try await place.command(
                            ["publish", "--verbose"], environment: ["OTHER_SECRET": "not-for-children"]
                        ).run()
                        #expect(run.code == 0, "\(run.error)")
                        texts += run.output + run.error
                    }
                    #expect(!texts.contains("notify:"), "\(texts)")
                    try Self.expectTold(try await listener.seen())
                    let found = try await watch.search(
                        .init(
                            keys: [:], marks: ["token": Self.token, "argument": "publish"],
                            folders: [place.folder], texts: ["output": texts]))
                    #expect(found["token"] == [], "\(found)")
                    #expect(found["argument"]?.contains("cmdline") == true, "the watch saw Strata run")
                }
                #expect(try secrets.text("secrets/json").contains(Self.token))

                let line = "published: alpha 1.0, build 1, for python3.12 in eu-west-1"
                let mail = try place.text("mail.txt")
                let head = """
                    To: ops@example.org,
                     dev@example.org
                    From: strata@example.org
                    Subject: Test layers: 1 published
                    Auto-Submitted: auto-generated

                    """
                #expect(mail.hasPrefix(head) && mail.contains("\n\n\(line)\n"), "\(mail)")
                #expect(try place.text("mail.args") == "-i\n-t\n" && place.text("mails") == "\n")
                let told = try JSONDecoder().decode(Told.self, from: Data(try place.bytes("told.json")))
                #expect(told.v == 1 && told.registry == "Test layers" && told.status == "done" && !told.test)
                #expect(told.notices.map(\.kind) == ["published"] && told.text == line)
                #expect(try place.text("args") == "--flag\na b\n")
                let environment = try place.text("env")
                #expect(!environment.contains("not-for-children") && environment.contains("PATH="))
                try await Self.expectFits(place, "told.json", "notice.schema.json")
            }
        }
    }

    private struct Told: Decodable {
        struct Notice: Decodable { let kind: String, subject: String, text: String, over: Bool }
        let v: Int
        let registry: String
        let status: String?
        let test: Bool
        let text: String
        let notices: [Notice]
    }

    private static func expectTold(_ seen: [Listener.Request]) throws {
        let bodies = Dictionary(grouping: seen) { $0.path.split(separator: "/").first.map(String.init) ?? "" }
        for shape in ["json", "slack", "teams", "discord", "mattermost"] {
            let requests = bodies[shape] ?? []
            #expect(requests.count == 1, "\(shape): \(requests)")
            #expect(requests.first?.body.contains("alpha 1.0, build 1, for python3.12 in eu-west-1") == true)
            #expect(requests.first?.type == "application/json" && requests.first?.method == "POST")
        }
        #expect(bodies["slack"]?.first?.body.hasPrefix(#"{"mrkdwn":false,"text":"Test layers: 1 published\n"#) == true)
        #expect(
            bodies["teams"]?.first?.body.contains(#""contentType":"application/vnd.microsoft.card.adaptive""#) == true)
        #expect(
            bodies["discord"]?.first?.body.hasPrefix(#"{"allowed_mentions":{"parse":[]},"content":"```text\n"#) == true)
        #expect(bodies["mattermost"]?.first?.body.hasPrefix(#"{"text":"```text\n"#) == true)
        let beats = bodies["beat"]?.map(\.path) ?? []
        #expect(beats == ["/start", "", "/start", ""].map { "/beat/\(token)\($0)" })
    }

    /// A document of ours against its published schema, by a reader that is not ours.
    static func expectFits(_ place: Workplace, _ document: String, _ schema: String) async throws {
        let check =
            "import json, sys, jsonschema; s, d = (json.load(open(p)) for p in sys.argv[1:]); "
            + "jsonschema.Draft202012Validator.check_schema(s); jsonschema.validate(d, s)"
        try await place.run(Program.python, "-c", check, "\(Program.root)/docs/\(schema)", document)
    }

    @Test("a run that fails the same way is told once, and when it is over; a yank at once; the heart beats each time")
    func failing() async throws {
        try await PackageIndex.run(["alpha": [.init()]]) { index in
            try await Listener.run { listener in
                let place = try Self.place(
                    index, listener, ["{ webhook: \"file:SECRETS/json\", on: [failed, refused, yanked] }"],
                    more: "healthcheck: \"file:SECRETS/beat\"")
                func told() async throws -> [[String]] {
                    try await listener.seen().filter { $0.path.hasPrefix("/json/") }.map {
                        try JSONDecoder().decode(Told.self, from: Data($0.body.utf8)).notices.map {
                            "\($0.over ? "over " : "")\($0.kind)"
                        }
                    }
                }
                #expect(try await place.strata("publish").code == 0)
                let files = FileManager.default
                try files.moveItem(atPath: "\(place.folder)/registry.git", toPath: "\(place.folder)/away")
                try place.write("registry.git", "not a repository")
                try await index.set(["alpha": [.init(), .init(version: "2.0")]])
                for _ in 1...3 { #expect(try await place.strata("publish").code == 1) }
                #expect(try await told() == [["failed"]])
                try files.removeItem(atPath: "\(place.folder)/registry.git")
                try files.moveItem(atPath: "\(place.folder)/away", toPath: "\(place.folder)/registry.git")
                for _ in 1...2 { #expect(try await place.strata("publish").code == 0) }
                #expect(try await told() == [["failed"], ["over failed"]])
                let yank = try await place.strata("yank", "alpha", "2", "--reason", "it leaks")
                #expect(yank.code == 0, "\(yank.error)")
                #expect(try await told() == [["failed"], ["over failed"], ["yanked"]])
                let beats = try await listener.seen().filter { $0.path.hasPrefix("/beat/") }
                #expect(beats.count { $0.path.hasSuffix("/fail") && !$0.body.isEmpty } == 3)
                #expect(beats.count { $0.path == "/beat/\(Self.token)" } == 3)
            }
        }
    }

    @Test("sinks that fail, hang or lead elsewhere delay a run by no more than their bound, and are told later")
    func broken() async throws {
        try await PackageIndex.run(["alpha": [.init()]]) { index in
            try await Listener.run { listener in
                let names = ["fail", "hang", "moved", "limit"]
                let place = try Self.place(
                    index, listener,
                    names.map { "{ name: \($0), webhook: \"file:SECRETS/\($0)\" }" } + [
                        "{ name: missing, webhook: env:NOT_SET_AT_ALL }",
                        "{ name: command, command: [bin/forever] }",
                        "{ name: mail, mail: a@example.org, sendmail: bin/no, on: [published] }",
                        "{ name: sns, sns: \"arn:aws:sns:eu-west-1:111122223333:nowhere\" }",
                    ], more: "deadline: 8s\n  healthcheck: \"file:SECRETS/hang\"")
                try Self.script(place, "bin/forever", "sleep 1000 & sleep 1000")
                let begin = ContinuousClock.now
                let run = try await place.command(
                    ["publish"],
                    environment: ["AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": "none"]
                ).run()
                #expect(run.code == 0, "\(run.error)")
                #expect(ContinuousClock.now - begin < .seconds(120))
                for name in ["fail", "hang", "moved", "missing", "command", "mail", "sns"] {
                    #expect(run.error.contains("warning: notify: '\(name)' was not told: "), "\(name): \(run.error)")
                }
                #expect(run.error.contains("'fail' was not told: it answered HTTP 500"))
                #expect(run.error.contains("'moved' was not told: it answered HTTP 302"))
                #expect(run.error.contains("notify: the healthcheck was not told"))
                #expect(!run.error.contains(Self.token) && !run.error.contains("'limit'"), "\(run.error)")
                let seen = try await listener.seen()
                #expect(seen.count { $0.path.hasPrefix("/fail/") } == 3, "tried three times")
                #expect(seen.count { $0.path.hasPrefix("/limit/") } == 2, "tried again when it was asked to")
                #expect(!seen.contains { $0.path == "/ok/moved" })
                // The next run tells them what they have missed.
                try await listener.become("fail", "ok")
                try await listener.become("hang", "ok")
                let next = try await place.command(
                    ["publish"],
                    environment: ["AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": "none"]
                ).run()
                #expect(!next.error.contains("'fail'") && !next.error.contains("'hang'"), "\(next.error)")
                let last = try #require(try await listener.seen().last { $0.path.hasPrefix("/fail/") })
                #expect(last.body.contains("alpha 1.0, build 1"))
            }
        }
    }

    @Test("a run that finds the lease taken tells nobody, not even that it lives")
    func overtaken() async throws {
        try await PackageIndex.run(["alpha": [.init()]]) { index in
            try await Listener.run { listener in
                let place = try Self.place(
                    index, listener, ["{ webhook: \"file:SECRETS/json\" }"], more: "healthcheck: \"file:SECRETS/beat\"")
                #expect(try await place.strata("publish", "--metrics", "m.prom").code == 0)
                let before = try await listener.seen().count
                let metrics = try place.text("m.prom")
                let ledger = try await SQLiteLedger.open(path: "\(place.folder)/ledger.sqlite")
                let now = Timestamp(seconds: Int(Date().timeIntervalSince1970))
                let lease = try await ledger.acquire("publish", holder: "test", now: now, term: .seconds(600))
                let run = try await place.strata("publish", "--metrics", "m.prom", "--report", "r.json")
                #expect(run.code == 6, "\(run.error)")
                try await ledger.release(lease)
                #expect(try await listener.seen().count == before)
                #expect(try place.text("m.prom") == metrics)
                #expect(try place.text("r.json").contains("\"exitCode\" : 6"))
            }
        }
    }

    @Test("strata notify lists the sinks, and --test shows which can be reached")
    func test() async throws {
        try await PackageIndex.run(["alpha": [.init()]]) { index in
            try await Listener.run { listener in
                let place = try Self.place(
                    index, listener,
                    [
                        "{ name: chat, webhook: \"file:SECRETS/slack\", shape: slack, on: [failed] }",
                        "{ name: down, webhook: \"file:SECRETS/fail\" }",
                    ], more: "healthcheck: \"file:SECRETS/beat\"")
                let list = try await place.strata("notify")
                #expect(list.code == 0 && list.output.contains("chat: webhook file:"), "\(list.output)")
                let one = try await place.strata("notify", "--test", "chat")
                #expect(one.code == 0 && one.output == "'chat' was told.\n", "\(one.error)")
                let both = try await place.strata("notify", "--test")
                #expect(both.code == 1 && both.errors == ["error: 'down' was not told: it answered HTTP 500"])
                let unknown = try await place.strata("notify", "--test", "chta")
                #expect(unknown.code == 1 && unknown.error.contains("did you mean 'chat'?"), "\(unknown.error)")
                let seen = try await listener.seen()
                #expect(!seen.contains { $0.path.hasPrefix("/beat/") })
                #expect(seen.first?.body.contains("a test of Strata's notifications") == true, "\(seen)")
                #expect(try place.files("").contains("ledger.sqlite") == false, "a test makes no ledger")
            }
        }
    }

    @Test("SNS is told in the account that the credentials are for")
    func topic() async throws {
        try await PackageIndex.run(["alpha": [.init()]]) { index in
            try await Cloud.run { cloud in
                let made: [String: String] = try await Cloud.ask(
                    cloud.http, "\(cloud.front)/front/topics",
                    ["account": cloud.account, "region": "eu-west-1", "name": "layers"])
                let arn = try #require(made["arn"])
                var configuration = Configuration(
                    layers: ["alpha"], targets: ["python3.12"], regions: ["eu-west-1"], index: index.simple,
                    publish: cloud.publish())
                configuration.more = "notify: { sinks: [{ sns: \"\(arn)\" }] }"
                let place = try Workplace(configuration, hasOwnCache: true)
                for _ in 1...2 {
                    let run = try await place.command(["publish"], environment: cloud.environment).run()
                    #expect(run.code == 0 && !run.error.contains("notify:"), "\(run.error)")
                }
                let test = try await place.command(["notify", "--test"], environment: cloud.environment).run()
                #expect(test.code == 0, "\(test.error)")
                let seen: [String: [String]] = try await Cloud.ask(
                    cloud.http, "\(cloud.front)/front/messages", ["account": cloud.account, "arn": arn])
                let messages = try #require(seen["messages"])
                try #require(messages.count == 2, "\(messages)")
                #expect(
                    messages[0].hasPrefix("Test layers: 1 published: Test layers: 1 published\npublished: alpha 1.0"))
            }
        }
    }
}
