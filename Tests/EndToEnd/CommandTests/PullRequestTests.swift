import FoundationEssentials
import Testing

@Suite("Publishing by pull request")
struct PullRequestTests {
    /// What the host tells of a request.
    private struct Request: Decodable {
        let number: Int
        let title: String
        let text: String
        let head: String
        let base: String
    }

    private static let token = "github_pat_11ABCDEFG0aZ5kq7Lr2Mv9Xw"
    /// Of a test that looks for it everywhere: in no process's environment.
    private static let secret = "glpat-7Lr2Mv9Xw0aZ5kq1BcDe"
    private static let rights = #""tokens": {"\#(token)": "write", "\#(secret)": "write"}"#

    /// A repository at a host with an API, whose `main` holds a file of its owner's.
    private struct Host {
        let place: Workplace
        let state: Workplace
        let index: PackageIndex

        func set(_ more: String = "") throws {
            try state.write("https/rules.json", "{\(PullRequestTests.rights)\(more.isEmpty ? "" : ", ")\(more)}")
        }

        func strata(_ arguments: String..., code: Int32 = 0) async throws -> Outcome {
            let outcome = try await place.command(
                arguments,
                environment: trust.merging(["TOKEN_OF_TEST": PullRequestTests.token]) { $1 }
            ).run()
            #expect(outcome.code == code, "\(arguments): \(outcome.error)\(outcome.output)")
            #expect(!(outcome.output + outcome.error).contains(PullRequestTests.token))
            return outcome
        }

        func publish(_ version: String) async throws {
            try await index.set(["alpha": [.init(version: version)]])
        }

        var requests: [Request] {
            get throws { try JSONDecoder().decode([Request].self, from: Data(state.bytes("https/requests.json"))) }
        }

        /// Makes `main`, with a file of its owner's.
        func begin() async throws {
            let empty = try await git("-C", "acme/layers.git", "hash-object", "-w", "-t", "tree", "/dev/null")
            let first = try await git("-C", "acme/layers.git", "commit-tree", "-m", "begin", empty)
            try await git("-C", "acme/layers.git", "update-ref", "refs/heads/main", first)
            try await write("OWNERS", "Layers\n", on: "main")
        }

        var trust: [String: String] { ["SSL_CERT_FILE": "\(state.folder)/https/ca.pem", "CURL_CA_BUNDLE": ""] }

        func tip(_ branch: String) async throws -> String {
            try await git("-C", "acme/layers.git", "for-each-ref", "--format=%(objectname)", "refs/heads/\(branch)")
        }

        /// Works in a fresh clone as a maintainer would, and pushes what came of it.
        func asMaintainer(on branch: String, _ commands: [String]...) async throws {
            let clone = "clone-\(UUID().uuidString)"
            try await git("clone", "--quiet", "acme/layers.git", clone)
            try await git("-C", clone, "checkout", "--quiet", branch)
            for command in commands { try await git(["-C", clone] + command) }
            try await git("-C", clone, "push", "--quiet", "origin", "HEAD:\(branch)")
        }

        func write(_ name: String, _ text: String, on branch: String) async throws {
            try state.write(name, text)
            let blob = try await git("-C", "acme/layers.git", "hash-object", "-w", "\(state.folder)/\(name)")
            try await asMaintainer(
                on: branch, ["update-index", "--add", "--cacheinfo", "100644,\(blob),\(name)"],
                ["commit", "--quiet", "--message", "edit \(name)"])
        }

        @discardableResult
        func git(_ arguments: String...) async throws -> String { try await git(arguments) }

        @discardableResult
        func git(_ arguments: [String]) async throws -> String {
            let outcome = try await place.command(
                [], environment: ["GIT_CONFIG_NOSYSTEM": "1"], shell: nil
            ).with(["git", "-c", "user.name=Maintainer", "-c", "user.email=m@example.invalid"] + arguments).run()
            try #require(outcome.code == 0, "\(arguments): \(outcome.error)\(outcome.output)")
            return String(outcome.output.reversed().drop(while: \.isWhitespace).reversed())
        }
    }

    private func withHost(
        api: String = "/api/v3", _ body: @Sendable (Host) async throws -> Void
    ) async throws {
        try await PackageIndex.run(["alpha": [.init()]]) { index in
            let place = try Workplace()
            let state = try Workplace()
            try await place.run("git", "init", "--quiet", "--bare", "--initial-branch=main", "acme/layers.git")
            let host = Host(place: place, state: state, index: index)
            try await host.begin()
            try await Server.run("git_https.py", [place.folder, "\(state.folder)/https"]) { port in
                let configuration = Configuration(
                    layers: ["alpha"], targets: ["python3.12"], index: index.simple,
                    git: """
                        { remote: "https://localhost:\(port)/acme/layers.git", via: pull-request, \
                        api: "https://localhost:\(port)\(api)", author: Test <test@example.invalid>, \
                        token: "env:TOKEN_OF_TEST", deadline: 600s }
                        """)
                try place.write("strata.yaml", configuration.text)
                try host.set()
                try await body(host)
            }
        }
    }

    @Test(
        "waits on a branch of its own, and goes on from what was merged in whatever way",
        arguments: ["merge", "squash", "rebase"])
    func merged(way: String) async throws {
        try await withHost { host in
            let main = try await host.tip("main")
            #expect(try await host.strata("doctor").output.contains("none is open for 'strata/main'"))
            let first = try await host.strata("publish")
            #expect(first.output.contains("is listed once pull request #1 (https://localhost:"), "\(first.output)")
            #expect(try await host.tip("main") == main)
            #expect(try await host.tip("gh-pages").isEmpty, "the site shows what main shows")
            #expect(try await host.place.strata("find", "alpha", "--registry", "acme/layers.git").code != 0)
            let one = try #require(try host.requests.first)
            #expect(one.title == "publish alpha 1.0 to 2 regions")
            #expect(one.text.contains("```text\n") && one.text.contains("python3.12"))
            #expect((one.head, one.base) == ("strata/main", "main"))

            // Without a change there is no commit.
            let proposed = try await host.tip("strata/main")
            let second = try await host.strata("publish")
            #expect(second.output.contains("Nothing to do: everything is published."), "\(second.output)")
            #expect(second.output.contains("is listed once pull request #1"), "\(second.output)")
            #expect(try await host.tip("strata/main") == proposed)
            for command in ["status", "plan"] {
                #expect(try await host.strata(command).output.contains("once pull request #1 ("), "\(command)")
            }
            #expect(try await host.strata("reconcile").output.contains("registry agree"))

            // With one, the same request holds both, in one commit on main.
            try await host.publish("2.0")
            let third = try await host.strata("publish")
            #expect(third.output.contains("Pushed strata/main"), "\(third.output)")
            #expect(try host.requests.count == 1)
            #expect(try host.requests.first?.title == "publish alpha 2.0 to 2 regions")
            let renewed = try await host.tip("strata/main")
            #expect(renewed != proposed)
            #expect(try await host.git("-C", "acme/layers.git", "rev-parse", "strata/main^") == main)
            #expect(try await host.tip("main") == main)
            #expect(try await host.strata("doctor").output.contains("pull request #1 (https://localhost:"))

            switch way {
            case "merge":
                try await host.asMaintainer(
                    on: "main", ["merge", "--quiet", "--no-ff", "--no-edit", "origin/strata/main"])
            case "squash":
                try await host.asMaintainer(
                    on: "main", ["merge", "--quiet", "--squash", "origin/strata/main"],
                    ["commit", "--quiet", "--message", "Layers (#1)"])
            default: try await host.asMaintainer(on: "main", ["cherry-pick", "origin/strata/main"])
            }
            try host.set(#""closed": [1]"#)
            let merged = try await host.tip("main")
            let fourth = try await host.strata("publish")
            #expect(fourth.output.contains("Pushed gh-pages"), "\(fourth.output)")
            #expect(!fourth.output.contains("pull request"), "\(fourth.output)")
            #expect(try await host.tip("main") == merged)
            #expect(try await host.tip("strata/main") == renewed)
            let last = try await host.strata("publish")
            #expect(last.output.contains("Nothing to do: everything is published and listed."), "\(last.output)")
            #expect(!(try await host.strata("status").output.contains("pull request")))
            let found = try await host.place.strata("find", "alpha==2.0", "--registry", "acme/layers.git")
            #expect(found.output.contains("arn:"), "\(found.output)\(found.error)")
            #expect(try await host.strata("reconcile").output.contains("registry agree"))

            // A host that removes merged branches, and one that keeps them, come to the same.
            if way == "squash" { try await host.git("-C", "acme/layers.git", "branch", "-D", "strata/main") }
            try await host.publish("3.0")
            #expect(try await host.strata("publish").output.contains("once pull request #2"))
            #expect(try await host.git("-C", "acme/layers.git", "rev-parse", "strata/main^") == merged)
            #expect(try host.requests.map(\.number) == [1, 2])
        }
    }

    @Test("opens a request again that was closed, and finishes one that was merged with more")
    func closed() async throws {
        try await withHost { host in
            _ = try await host.strata("publish")
            try host.set(#""closed": [1]"#)
            let again = try await host.strata("publish")
            #expect(again.output.contains("once pull request #2"), "\(again.output)")
            #expect(try host.requests.count == 2)

            // Merged while main went on, and while more was published.
            try await host.write("OWNERS", "More layers\n", on: "main")
            try await host.asMaintainer(on: "main", ["merge", "--quiet", "--no-edit", "origin/strata/main"])
            try host.set(#""closed": [1, 2]"#)
            try await host.publish("2.0")
            let main = try await host.tip("main")
            let more = try await host.strata("publish")
            #expect(more.output.contains("once pull request #3"), "\(more.output)")
            #expect(!more.error.contains("somebody else"), "\(more.error)")
            #expect(try await host.git("-C", "acme/layers.git", "rev-parse", "strata/main^") == main)
            #expect(try await host.git("-C", "acme/layers.git", "show", "strata/main:OWNERS") == "More layers")
            // What was merged is on the site, what was not is not.
            let site = try await host.git(
                "-C", "acme/layers.git", "grep", "-h", "-o", "-E", "t-p312-alpha:[0-9]", "gh-pages")
            #expect(Set(site.split(separator: "\n")) == ["t-p312-alpha:1"])
        }
    }

    @Test("writes nothing over that others put on its branch, and what main brought there is no edit")
    func edited() async throws {
        try await withHost { host in
            _ = try await host.strata("publish")
            // The host's button that brings a branch up to date.
            try await host.write("OWNERS", "More layers\n", on: "main")
            try await host.asMaintainer(on: "strata/main", ["merge", "--quiet", "--no-edit", "origin/main"])
            try await host.publish("2.0")
            #expect(try await host.strata("publish").output.contains("Pushed strata/main"))
            let tip = try await host.tip("main")
            #expect(try await host.git("-C", "acme/layers.git", "rev-parse", "strata/main^") == tip)

            try await host.write("NOTES.md", "Mine\n", on: "strata/main")
            let edited = try await host.tip("strata/main")
            try await host.publish("3.0")
            let held = try await host.strata("publish", code: 3)
            #expect(
                held.output.contains("somebody else has changed NOTES.md on 'strata/main', which is left alone"),
                "\(held.output)")
            #expect(try await host.tip("strata/main") == edited)
            #expect(try await host.strata("publish", code: 3).output.contains("NOTES.md"))

            try await host.asMaintainer(on: "main", ["merge", "--quiet", "--no-edit", "origin/strata/main"])
            try host.set(#""closed": [1]"#)
            let next = try await host.strata("publish")
            #expect(next.output.contains("once pull request #2"), "\(next.output)")
            #expect(try await host.git("-C", "acme/layers.git", "show", "strata/main:NOTES.md") == "Mine")
        }
    }

    @Test(
        "tells what the API refuses, and the next run goes on from the branch that was pushed",
        arguments: [
            (#""no requests""#, "may not read pull requests: Resource not accessible"),
            (#"[404, {"message": "Not Found"}]"#, "knows no repository 'acme/layers'"),
            (#"[500, {"message": "\u001b[31moops"}]"#, "answered with status 500: oops"),
            (#"[301, {}]"#, "redirects"), (#"[200, {"surprise": 1}]"#, "answers otherwise than GitHub's API does"),
            (#""hang""#, "localhost"),
        ])
    func refused(answer: String, words: String) async throws {
        try await withHost { host in
            try host.set(#""api": \#(answer)"#)
            let refused = try await host.strata("publish", code: 3)
            #expect(refused.output.contains(words), "\(refused.output)")
            #expect(refused.output.contains("the next run tries again"), "\(refused.output)")
            #expect(!refused.output.contains("\u{1B}[31m"), "\(refused.output)")
            #expect(try await !host.tip("strata/main").isEmpty)
            try host.set()
            let done = try await host.strata("publish")
            #expect(done.output.contains("once pull request #1"), "\(done.output)")
            #expect(try host.requests.count == 1)
        }
    }

    @Test("opens and renews GitLab's merge requests, and leaves those of forks alone")
    func gitLab() async throws {
        try await withHost(api: "/api/v4") { host in
            try host.set(#""fork": true"#)
            #expect(try await host.strata("publish").output.contains("once merge request !1 ("))
            #expect(try await host.strata("publish").output.contains("Nothing to do"))
            try await host.publish("2.0")
            #expect(try await host.strata("publish").output.contains("once merge request !1 ("))
            #expect(try host.requests.map(\.title) == ["publish alpha 2.0 to 2 regions"])
            try host.set(#""api": "no requests""#)
            let refused = try await host.strata("doctor", code: 1).output
            #expect(refused.contains("may not read merge requests"), "\(refused)")
            #expect(refused.contains("the scope api"), "\(refused)")
        }
    }

    @Test("beside a key for SSH the token asks the API alone, is found nowhere, and signed commits are proposed once")
    func besideKey() async throws {
        try await PackageIndex.run(["alpha": [.init()]]) { index in
            try await Cloud.run { cloud in
                let place = try Workplace(hasOwnCache: true)
                let state = try Workplace()
                try await place.run("git", "init", "--quiet", "--bare", "--initial-branch=main", "acme/layers.git")
                let host = Host(place: place, state: state, index: index)
                try await host.begin()
                try await cloud.store(secret: Self.secret, as: "strata/token")
                try await Server.run("ssh_server.py", [place.folder]) { port in
                    try await Server.run("git_https.py", ["/", "\(state.folder)/https"]) { api in
                        let user = try await place.run("id", "-un").filter { !$0.isWhitespace }
                        let configuration = Configuration(
                            layers: ["alpha"], targets: ["python3.12"], index: index.simple, publish: cloud.publish(),
                            git: """
                                { remote: "ssh://\(user)@127.0.0.1:\(port)\(place.folder)/acme/layers.git", \
                                via: pull-request, api: "https://localhost:\(api)/api/v4", deadline: 600s, \
                                author: Test <test@example.invalid>, host-keys: [known_hosts], \
                                ssh-key: "secretsmanager:strata/deploy-key", sign: "ssm:/strata/signing-key", \
                                token: "secretsmanager:strata/token" }
                                """)
                        try place.write("strata.yaml", configuration.text)
                        try place.write("known_hosts", "[127.0.0.1]:\(port) \(try place.text("sshd/host.pub"))")
                        try host.set()
                        try await SecretWatch.run { watch in
                            var told = ""
                            func strata(_ arguments: String...) async throws -> String {
                                let outcome = try await place.command(
                                    arguments + ["--config", "\(place.folder)/strata.yaml"],
                                    environment: cloud.environment.merging(host.trust) { $1 }
                                ).run()
                                #expect(outcome.code == 0, "\(arguments): \(outcome.error)\(outcome.output)")
                                told += outcome.output + outcome.error
                                return outcome.output
                            }
                            try place.write("sshd/authorized_keys", try await strata("keys", "new"))
                            _ = try await strata("keys", "new", "--signing")
                            #expect(try await strata("doctor").contains("none is open for 'strata/main'"))
                            #expect(try await strata("publish").contains("once merge request !1 (https://localhost"))
                            let proposed = try await host.tip("strata/main")
                            #expect(try await strata("publish").contains("Nothing to do: everything is published."))
                            #expect(try await host.tip("strata/main") == proposed)
                            try await host.asMaintainer(
                                on: "main", ["merge", "--quiet", "--squash", "origin/strata/main"],
                                ["commit", "--quiet", "--message", "Layers"])
                            try host.set(#""closed": [1]"#)
                            #expect(try await strata("publish").contains("Pushed gh-pages"))
                            #expect(try await strata("publish").contains("published and listed"))
                            #expect(try await host.tip("strata/main") == proposed)
                            let found = try await watch.search(
                                .init(
                                    secrets: ["token": Self.secret],
                                    marks: ["argument": "\(place.folder)/strata.yaml"],
                                    folders: [place.folder], texts: ["output": told]))
                            #expect(found["token"] == [], "\(found)")
                            #expect(found["argument"]?.contains("cmdline") == true, "the watch saw Strata run")
                        }
                    }
                }
            }
        }
    }

    @Test("as an App, by tokens that may do no more, which are found nowhere")
    func app() async throws {
        try await withHost { host in
            let state = host.state
            try await state.run("openssl", "genrsa", "-traditional", "-out", "key.pem", "2048")
            try await state.run("openssl", "rsa", "-in", "key.pem", "-pubout", "-out", "public.pem")
            let parts = try state.text("public.pem").replacing("\n", with: #"\n"#)
            @Sendable func allow(_ more: String) throws {
                try state.write(
                    "https/rules.json",
                    """
                    {"app": {"id": 12345, "installation": 77, "key": "\(parts)", "permission": "write",
                     "repositories": ["layers"]\(more)}}
                    """)
            }
            let text = try host.place.text("strata.yaml")
            try host.place.write(
                "strata.yaml",
                text.replacing(
                    #"token: "env:TOKEN_OF_TEST""#,
                    with: #"github-app: { id: 12345, installation: 77, key: "file:\#(state.folder)/key.pem" }"#))
            try allow("")
            let refused = try await host.strata("publish", code: 3)
            #expect(
                refused.output.contains("may not open pull requests in the repository 'layers'"), "\(refused.output)")
            #expect(refused.output.contains("'Pull requests: Read and write'"), "\(refused.output)")
            try allow(#", "requests": true"#)
            let done = try await host.strata("publish")
            #expect(done.output.contains("once pull request #1"), "\(done.output)")
            let told = refused.output + refused.error + done.output + done.error
            for token in try state.text("https/issued").split(separator: "\n") { #expect(!told.contains(token)) }
        }
    }

    @Test("does nothing before there is a main to merge into")
    func withoutMain() async throws {
        try await withHost { host in
            try await host.git("-C", "acme/layers.git", "update-ref", "-d", "refs/heads/main")
            for command in ["publish", "doctor"] {
                let refused = try await host.strata(command, code: 1)
                #expect((refused.output + refused.error).contains("make it with a first commit"), "\(command)")
            }
            #expect(try await host.place.published().isEmpty)
        }
    }
}

extension Command {
    /// Another program with the same environment.
    fileprivate func with(_ arguments: [String]) -> Command {
        Command(arguments: arguments, environment: environment, folder: folder)
    }
}
