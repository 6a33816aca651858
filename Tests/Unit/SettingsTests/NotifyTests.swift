import Model
import Settings
import Testing

@Suite("The section notify")
struct NotifyTests {
    @Test("has defaults: everything is told, but mail is for what somebody has to look at")
    func defaults() throws {
        let notify = try Reading(
            smallest + """
                notify:
                  healthcheck: file:health
                  sinks:
                    - { sns: "arn:aws:sns:eu-west-1:111122223333:layers" }
                    - { webhook: env:HOOK }
                    - { webhook: "ssm:/hook", shape: slack, name: chat, on: [failed] }
                    - { mail: ops@example.org }
                    - { command: [bin/tell, -v] }
                    - { webhook: env:OTHER }

                """
        ).get().notify
        #expect(notify.sinks.map(\.name) == ["sns", "webhook", "chat", "mail", "command", "webhook-2"])
        let all = Notice.Kind.allCases
        let kinds = [all, all, [.failed], all.filter { $0 != .published }, all, all]
        #expect(notify.sinks.map(\.kinds) == kinds)
        #expect(notify.sinks[3].place == .mail(to: ["ops@example.org"], from: nil, sendmail: "/usr/sbin/sendmail"))
        #expect(notify.sinks[4].place == .command(["/project/bin/tell", "-v"]))
        #expect(notify.healthcheck == SecretReference("file:/project/health").map { .secret($0) })
        #expect(notify.pendingAfter == .seconds(86_400) && notify.storageAbove == 80)
        #expect(try Reading(smallest).get().notify == NotifySettings())
    }

    @Test(
        "refuses what cannot be, and repeats no secret",
        arguments: [
            ("sinks: [{ webhook: \"https://hooks.example/T0/secret\" }]", "'webhook' is not a secret reference"),
            ("sinks: [{ on: [failed] }]", "a sink needs one of 'sns', 'webhook', 'mail', 'command'"),
            ("sinks: [{ sns: a, mail: b@c }]", "a sink needs one of"),
            ("sinks: [{ sns: \"arn:aws:sqs:eu-west-1:111122223333:q\" }]", "'sns' is not a topic's ARN"),
            ("sinks: [{ mail: \"-oQ/tmp@x\" }]", "an address must be like"),
            ("sinks: [{ mail: \"a@b, c@d\" }]", "an address must be like"),
            ("sinks: [{ mail: [] }]", "'mail' names nobody"),
            ("sinks: [{ mail: a@b, sendmail: sendmail }]", "'sendmail' must be a path"),
            ("sinks: [{ command: [] }]", "'command' is empty"),
            ("sinks: [{ command: [tell] }]", "'command' must be a path"),
            ("sinks: [{ command: [/tell], shape: slack }]", "'shape' belongs to 'webhook'"),
            ("sinks: [{ command: [/tell], on: [publisht] }]", "did you mean 'published'?"),
            ("sinks: [{ command: [/tell], name: \"a b\" }]", "a sink's name has"),
            ("sinks: [{ command: [/a], name: x }, { command: [/b], name: x }]", "two sinks are named 'x'"),
            ("healthcheck: \"ftp://a\"", "unknown scheme 'ftp'"),
            ("healthcheck: \"https://user:secret@a\"", "must not hold credentials"),
            ("storage-above: 101", "between 1 and 100"), ("deadline: 0s", "must be between"),
        ])
    func mistakes(text: String, problem: String) {
        let problems = Reading(smallest + "notify: { \(text) }\n").problems
        #expect(problems.contains { $0.contains(problem) }, "\(problems)")
        #expect(!problems.contains { $0.contains("secret@") || $0.contains("T0/secret") })
    }
}
