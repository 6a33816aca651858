import FoundationEssentials
import HTTP
import Model
import Testing

@Suite("Actions and workflows")
struct WorkflowTests {
    /// Where the program under test is.
    private static func programs() throws -> String {
        "/" + (try Program.path().split(separator: "/").dropLast().joined(separator: "/"))
    }

    /// Runs the steps of the action `bump` in a fresh checkout.
    private func bump(_ place: Workplace, port: Int, registry: String, token: String) async throws {
        let job = "job-\(UUID().uuidString)"
        try await place.run("git", "clone", "-q", "acme/app", job)
        let outcome = try await ActionSteps("bump", place).run(
            place, in: job,
            [
                "inputs.registry": registry, "inputs.files": "*.yaml", "inputs.arguments": "",
                "inputs.branch": "strata/bump", "inputs.token": token, "github.api_url": "http://127.0.0.1:\(port)",
                "github.repository": "acme/app", "github.ref_name": "main",
                "github.server_url": "file://\(place.folder)",
            ], ["PATH": "\(try Self.programs()):\(Program.environment["PATH"] ?? "")"])
        #expect(outcome.code == 0, "\(outcome.error)\(outcome.output)")
    }

    @Test("tokens go to the steps that need them and to no other")
    func token() async throws {
        let place = try Workplace()
        for (action, steps) in [
            ("bump", ["Push, and open the pull request if there is none"]), ("answer", ["Post it"]), ("plan", []),
            ("setup", []), ("publish", []),
        ] {
            let all = try await ActionSteps(action, place).steps
            let told = all.filter { $0.env?.values.contains { $0.contains("token") } == true }.compactMap(\.name)
            #expect(told == steps, "\(action)")
        }
    }

    private struct Opened: Decodable {
        let head: String
        let base: String
        let body: String
    }

    @Test("pushes what moved and opens one pull request, and none when everything is the newest")
    func pullRequest() async throws {
        try await PackageIndex.run(["alpha": [.init()]]) { index in
            let place = try Workplace(Configuration(layers: ["alpha"], targets: ["python3.12"], index: index.simple))
            #expect(try await place.strata("publish").code == 0)
            try await index.set(["alpha": [.init(), .init(version: "2.0")]])
            #expect(try await place.strata("publish").code == 0)
            let clone = try await place.clone()
            let former = try #require(
                try place.rows(of: clone).first { $0.region == "eu-west-1" && $0.status == "deprecated" }?.arn)
            let arn = String(former.dropLast(2))
            try #require(former == "\(arn):1")
            try place.write("app/template.yaml", "Layers: [\"\(arn):1\"]  # ours\n")
            try await place.run("git", "init", "-q", "-b", "main", "app")
            try await place.run("git", "-C", "app", "add", "template.yaml")
            try await place.run(
                "git", "-C", "app", "-c", "user.name=S", "-c", "user.email=s@example.invalid", "commit", "-qm", "One")
            try await place.run("git", "clone", "-q", "--bare", "app", "acme/app")

            let token = "ghs_\(UUID().uuidString.filter(\.isHexDigit))"
            try await Server.run("pulls.py", [token]) { port in
                try await SecretWatch.run { watch in
                    for _ in 1...2 {
                        try await bump(place, port: port, registry: "\(place.folder)/\(clone)", token: token)
                    }
                    let answer = try await HTTPClient().send(HTTPRequest(.get, "http://127.0.0.1:\(port)/opened"))
                    let opened = try JSONDecoder().decode([Opened].self, from: Data(answer.body))
                    #expect(opened.map(\.head) == ["strata/bump"])
                    #expect(opened.first?.base == "main")
                    #expect(opened.first?.body.contains("alpha") == true)
                    let moved = try await place.run("git", "-C", "acme/app", "show", "strata/bump:template.yaml")
                    #expect(moved == "Layers: [\"\(arn):2\"]  # ours\n")

                    try await place.run("git", "-C", "acme/app", "update-ref", "refs/heads/main", "strata/bump")
                    try await place.run("git", "-C", "acme/app", "update-ref", "-d", "refs/heads/strata/bump")
                    try await bump(place, port: port, registry: "\(place.folder)/\(clone)", token: token)
                    let branches = try await place.run("git", "-C", "acme/app", "branch", "--format=%(refname:short)")
                    #expect(branches == "main\n", "nothing to move, nothing pushed")

                    let basic = Data("x-access-token:\(token)".utf8).base64EncodedString()
                    let found = try await watch.search(
                        .init(
                            keys: [:],
                            marks: [
                                "bearer": "Bearer \(token)", "basic": basic,
                                "registry": "\(place.folder)/\(clone)",
                            ], folders: ["\(place.folder)/runner"], texts: [:]))
                    #expect(found["bearer"] == [], "not as an argument, and in no file: \(found)")
                    #expect(
                        found["basic"]?.filter { $0 != "environ" } == [], "git is told by its environment: \(found)")
                    #expect(found["registry"]?.contains("cmdline") == true, "the watch saw the steps")
                }
            }
        }
    }

    @Test("setup takes an archive whose digest is right, over HTTPS or from a file, and finds uv")
    func setup() async throws {
        let place = try Workplace()
        try place.write("served/.keep", "")
        try await place.run(
            "sh", "-c",
            "mkdir -p tree/strata-0.1/bin && cp \"$1\" tree/strata-0.1/bin/strata && tar -czf served/strata.tar.gz -C tree .",
            "sh", try Program.path())
        let digest = String(try await place.run("sha256sum", "served/strata.tar.gz").prefix(64))
        let steps = try await ActionSteps("setup", place)
        // Without uv on the way: then it is installed.
        let plain = ["PATH": "/usr/bin:/bin"]
        @Sendable func run(_ archive: String, _ sha256: String, _ more: [String: String] = [:]) async throws -> Outcome
        {
            try await place.run("rm", "-rf", "runner")
            return try await steps.run(
                place, in: ".", ["inputs.archive": archive, "inputs.sha256": sha256, "inputs.uv": "0.13.9"],
                plain.merging(more) { $1 })
        }
        let file = try await run("\(place.folder)/served/strata.tar.gz", digest)
        #expect(file.code == 0 && file.output.hasPrefix("strata "), "\(file.error)\(file.output)")
        let paths = try place.text("runner/path").split(separator: "\n")
        #expect(paths.first?.hasSuffix("/strata-0.1/bin") == true)
        #expect(try await place.run("\(paths.last ?? "")/uv", "--version").hasPrefix("uv 0.13.9"))
        #expect(
            try String(contentsOf: URL(filePath: "\(Program.root)/scripts/requirements-uv.txt"), encoding: .utf8)
                .contains("uv==0.13.9"))

        try await Server.run("tls_files.py", ["served", "\(place.folder)"]) { port in
            // pip would take that authority for the index's, too.
            try place.write("stub/uv", "#!/bin/sh\n")
            try await place.run("chmod", "+x", "stub/uv")
            let own = ["CURL_CA_BUNDLE": "\(place.folder)/ca.pem", "PATH": "\(place.folder)/stub:/usr/bin:/bin"]
            let served = try await run("https://localhost:\(port)/strata.tar.gz", digest, own)
            #expect(served.code == 0, "\(served.error)")
            let unknown = try await run("https://localhost:\(port)/strata.tar.gz", digest)
            #expect(unknown.code != 0, "a server that nobody vouches for")
        }
        let wrong = try await run("\(place.folder)/served/strata.tar.gz", String(repeating: "0", count: 64))
        #expect(wrong.code == 1 && !FileManager.default.fileExists(atPath: "\(place.folder)/runner/strata/strata-0.1"))
        for archive in ["", "http://localhost/x", "ftp://localhost/x"] {
            let refused = try await run(archive, digest)
            #expect(refused.code == 2 && refused.error.contains("strata: the archive"), "\(archive): \(refused.error)")
        }
    }

    @Test("a fork's pull request is built without a secret, and answered by a run that has a token")
    func answer() async throws {
        try await PackageIndex.run(["alpha": [.init()], "beta": [.init()]]) { index in
            let place = try Workplace()
            let base = Configuration(layers: ["alpha"], targets: ["python3.12"], index: index.simple)
            var head = base
            head.layers.append("beta")
            try place.write("job/strata.yaml", base.text)
            try place.write("job/.strata-pull-request/strata.yaml", head.text)
            let path = ["PATH": "\(try Self.programs()):\(Program.environment["PATH"] ?? "")"]
            let inputs = ["inputs.config": ".strata-pull-request/strata.yaml", "inputs.base": "strata.yaml"]
            let planned = try await ActionSteps("plan", place).run(place, in: "job", inputs, path)
            #expect(planned.code == 0, "\(planned.error)\(planned.output)")
            #expect(try place.text("runner/summary.md").contains("| `beta` | `python3.12` | new |"))

            let token = "ghs_\(UUID().uuidString.filter(\.isHexDigit))"
            let commit = String(repeating: "a", count: 40)
            try await Server.run("pulls.py", [token]) { port in
                let api = "http://127.0.0.1:\(port)"
                let client = try HTTPClient()
                func open(_ head: String, _ sha: String) async throws {
                    _ = try await client.send(
                        HTTPRequest(
                            .post, "\(api)/forks", body: .bytes(Array(#"{"head":"\#(head)","sha":"\#(sha)"}"#.utf8))))
                }
                try await open("stranger:a&b=c/ü", String(repeating: "b", count: 40))
                try await open("stranger:a&b=c/ü", commit)
                let steps = try await ActionSteps("answer", place)
                func answer(sha: String? = nil, by other: String? = nil) async throws -> Outcome {
                    try await steps.run(
                        place, in: ".",
                        [
                            "inputs.token": other ?? token, "inputs.head-sha": sha ?? commit,
                            "inputs.head-owner": "stranger",
                            "inputs.head-branch": "a&b=c/ü", "inputs.login": "github-actions[bot]",
                            "github.api_url": api, "github.repository": "acme/layers",
                        ], path)
                }
                struct Comment: Decodable {
                    let pull: Int
                    let body: String
                }
                func comments() async throws -> [Comment] {
                    let told = try await client.send(HTTPRequest(.get, "\(api)/comments"))
                    return try JSONDecoder().decode([Comment].self, from: Data(told.body))
                }
                let first = try await answer()
                #expect(
                    first.code == 0 && first.output.contains("Answered pull request 2"), "\(first.error)\(first.output)"
                )
                #expect(try await comments().map(\.pull) == [2])
                #expect(try await comments().first?.body.contains("| `beta` | `python3.12` | new |") == true)

                // Another plan renews the comment, and nobody else's.
                try place.write("job/.strata-pull-request/strata.yaml", base.text)
                _ = try await ActionSteps("plan", place).run(place, in: "job", inputs, path)
                #expect(try await answer().code == 0)
                let bodies = try await comments().map(\.body)
                #expect(bodies.count == 1 && bodies[0].contains("Nothing to build"), "\(bodies)")

                let late = try await answer(sha: String(repeating: "c", count: 40))
                #expect(late.code == 0 && late.output.contains("nothing to answer"), "\(late.output)")
                let denied = try await answer(by: "ghs_other")
                #expect(denied.code == 1 && denied.output.contains("401") && !denied.output.contains("ghs_"))

                // What a run could not have written is not posted.
                try place.write("runner/strata-review/review.json", "{\"v\":1}")
                let forged = try await answer()
                #expect(forged.code == 1 && forged.error.contains("the review cannot be used"), "\(forged.error)")
                #expect(try await comments().count == 1)
            }

            // What cannot be built fails the check, after it was told.
            try place.write("job/.strata-pull-request/strata.yaml", "version: 1\n")
            let wrong = try await ActionSteps("plan", place).run(place, in: "job", inputs, path)
            #expect(wrong.code == 2)
            #expect(try place.text("runner/strata-review/review.json").contains("problems"))
        }
    }

    @Test("publish publishes, tells in the summary, and takes pending regions for no failure")
    func publish() async throws {
        let place = try Workplace(Configuration(layers: ["idna"], targets: ["python3.12"]))
        let path = ["PATH": "\(try Self.programs()):\(Program.environment["PATH"] ?? "")"]
        let steps = try await ActionSteps("publish", place)
        let outcome = try await steps.run(place, in: ".", ["inputs.config": "strata.yaml"], path)
        #expect(outcome.code == 0, "\(outcome.error)\(outcome.output)")
        #expect(try place.text("runner/summary.md").contains("    Published 2 releases"))
        #expect(try await place.published().count == 2)
        let wrong = try await steps.run(place, in: ".", ["inputs.config": "none.yaml"], path)
        #expect(wrong.code == 2)
        // A strata that ends as one does whose regions are pending.
        try place.write("stub/strata", "#!/bin/sh\necho Pending; exit 3\n")
        try await place.run("chmod", "+x", "stub/strata")
        let pending = try await steps.run(
            place, in: ".", ["inputs.config": "strata.yaml"], ["PATH": "\(place.folder)/stub:/usr/bin:/bin"])
        #expect(pending.code == 0 && pending.output.contains("::warning::"), "\(pending.output)")
    }

    @Test("the GitLab jobs do the same: a merge request is built and told, a schedule publishes")
    func gitlab() async throws {
        struct Job: Decodable {
            let before_script: [String]?
            let script: [String]?
            let variables: [String: String]?
        }
        let place = try Workplace(Configuration(layers: ["idna"], targets: ["python3.12"]))
        try #require(try await place.strata("init", "--ci", "gitlab").code == 0)
        #expect(try place.text(".gitlab-ci.yml") == "include:\n  - local: strata.gitlab-ci.yml\n")
        let json = try await place.run(
            Program.python, "-c", "import json, yaml; print(json.dumps(yaml.safe_load(open('strata.gitlab-ci.yml'))))")
        let jobs = try JSONDecoder().decode([String: Job].self, from: Data(json.utf8))
        let common = try #require(jobs[".strata"])
        try await place.run(
            "sh", "-c", "mkdir -p tree/bin && cp \"$1\" tree/bin/strata && tar -czf s.tar.gz -C tree . && rm -r tree",
            "sh",
            try Program.path())
        try await place.run("git", "init", "-q", "-b", "main", ".")
        try await place.run("git", "add", "strata.yaml")
        try await place.run("git", "-c", "user.name=S", "-c", "user.email=s@example.invalid", "commit", "-qm", "One")
        try await place.run("git", "remote", "add", "origin", place.folder)
        let first = try await place.run("git", "rev-parse", "HEAD").filter { !$0.isNewline }
        try place.write("strata.yaml", Configuration(layers: ["idna", "six"], targets: ["python3.12"]).text)
        func run(_ name: String) async throws -> Outcome {
            let lines = (common.before_script ?? []) + (try #require(jobs[name]?.script))
            return try await place.shell(
                "exec bash -e -o pipefail -c \"$1\"", [lines.joined(separator: "\n")],
                environment: [
                    "CI_PROJECT_DIR": place.folder, "CI_MERGE_REQUEST_DIFF_BASE_SHA": first, "CONFIG": "strata.yaml",
                    "ARCHIVE": "\(place.folder)/s.tar.gz", "UV_VERSION": common.variables?["UV_VERSION"] ?? "",
                    "SHA256": String(try await place.run("sha256sum", "s.tar.gz").prefix(64)),
                ])
        }
        let planned = try await run("strata-plan")
        #expect(planned.code == 0, "\(planned.error)\(planned.output)")
        let told = try place.text("strata-review.md")
        #expect(told.contains("| `six` | `python3.12` | new |") && !told.contains("| `idna` |"), "\(told)")
        let published = try await run("strata-publish")
        #expect(published.code == 0, "\(published.error)\(published.output)")
        #expect(try await place.published().count == 4)
    }

    @Test("what 'init --ci github' writes is these files, and names only actions that are there")
    func written() async throws {
        let place = try Workplace()
        try #require(try await place.strata("init", "--ci", "github").code == 0)
        for file in try place.files(".github/actions/strata") {
            let own = try String(contentsOf: URL(filePath: "\(Program.root)/deploy/actions/\(file)"), encoding: .utf8)
            #expect(try place.text(".github/actions/strata/\(file)") == own)
        }
        for file in try place.files(".github/workflows") {
            for line in try place.text(".github/workflows/\(file)").split(separator: "\n") {
                guard let uses = line.firstRange(of: "uses: ./") else { continue }
                #expect(try place.files(String(line[uses.upperBound...])).contains("action.yml"), "\(line)")
            }
        }
    }
}
