import FoundationEssentials
import HTTP
import Model
import Testing

@Suite("The workflow that bumps layers")
struct WorkflowTests {
    private struct Step: Decodable {
        let name: String
        let run: String
        let env: [String: String]?
    }

    /// The steps of deploy/workflows/bump.yml, and the variables that all of them have.
    private func steps(_ place: Workplace) async throws -> (steps: [Step], env: [String: String]) {
        struct Job: Decodable {
            let steps: [Step]
            let env: [String: String]
        }
        let job = try await place.run(
            Program.python, "-c",
            "import json, sys, yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1]))['jobs']['bump']))",
            "\(Program.root)/deploy/workflows/bump.yml")
        let read = try JSONDecoder().decode(Job.self, from: Data(job.utf8))
        return (read.steps, read.env)
    }

    /// Runs the steps with the shell, as a runner would: each has the token only if it asks for it.
    private func runSteps(_ place: Workplace, port: Int, registry: String, token: String) async throws {
        let steps = try await steps(place).steps
        try place.write("runner/.keep", "")
        let job = "job-\(UUID().uuidString)"
        try place.write("\(job)/.keep", "")
        let strata = try Program.path().split(separator: "/").dropLast().joined(separator: "/")
        for step in steps {
            let secrets = step.env?["GH_TOKEN"] == nil ? [:] : ["GH_TOKEN": token]
            try await place.run(
                "sh", "-c", "cd \(job) && PATH=/\(strata):$PATH && \(step.run)",
                environment: [
                    "REGISTRY": registry, "FILES": "*.yaml", "ARGUMENTS": "", "BRANCH": "strata/bump",
                    "API": "http://127.0.0.1:\(port)", "REPOSITORY": "acme/app", "BASE": "main",
                    "SERVER": "file://\(place.folder)", "RUNNER_TEMP": "\(place.folder)/runner",
                    "HOME": "\(place.folder)/runner",
                ].merging(secrets) { $1 })
        }
    }

    @Test("gives the token to the steps that push and to no other, and never as an argument")
    func token() async throws {
        let (steps, env) = try await steps(try Workplace())
        #expect(env["GH_TOKEN"] == nil && !env.values.contains { $0.contains("token") })
        #expect(steps.filter { $0.env?["GH_TOKEN"] == nil }.map(\.name) == ["Bump"])
        #expect(!steps.contains { $0.run.contains("${{") }, "inputs reach the shell as variables only")
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
                        try await runSteps(place, port: port, registry: "\(place.folder)/\(clone)", token: token)
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
                    try await runSteps(place, port: port, registry: "\(place.folder)/\(clone)", token: token)
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
}
