import FoundationEssentials
import HTTP
import Model
import Testing

@Suite("The workflow that bumps layers")
struct WorkflowTests {
    /// Runs the steps of deploy/workflows/bump.yml with the shell, as a runner would.
    private func runSteps(_ place: Workplace, port: Int, registry: String) async throws {
        let steps = try await place.run(
            Program.python, "-c",
            """
            import sys, yaml
            job = yaml.safe_load(open(sys.argv[1]))["jobs"]["bump"]
            print("\\0".join(step["run"] for step in job["steps"]), end="")
            """, "\(Program.root)/deploy/workflows/bump.yml")
        try place.write("runner/.keep", "")
        let job = "job-\(UUID().uuidString)"
        try place.write("\(job)/.keep", "")
        let strata = try Program.path().split(separator: "/").dropLast().joined(separator: "/")
        for step in steps.split(separator: "\0") {
            try await place.run(
                "sh", "-c", "cd \(job) && PATH=/\(strata):$PATH && \(step)",
                environment: [
                    "REGISTRY": registry, "FILES": "*.yaml", "ARGUMENTS": "", "BRANCH": "strata/bump",
                    "GH_TOKEN": "token", "API": "http://127.0.0.1:\(port)", "REPOSITORY": "acme/app", "BASE": "main",
                    "SERVER": "file://\(place.folder)", "RUNNER_TEMP": "\(place.folder)/runner",
                    "HOME": "\(place.folder)/runner",
                ])
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

            try await Server.run("pulls.py") { port in
                for _ in 1...2 { try await runSteps(place, port: port, registry: "\(place.folder)/\(clone)") }
                let answer = try await HTTPClient().send(HTTPRequest(.get, "http://127.0.0.1:\(port)/opened"))
                let opened = try JSONDecoder().decode([Opened].self, from: Data(answer.body))
                #expect(opened.map(\.head) == ["strata/bump"])
                #expect(opened.first?.base == "main")
                #expect(opened.first?.body.contains("alpha") == true)
                let moved = try await place.run("git", "-C", "acme/app", "show", "strata/bump:template.yaml")
                #expect(moved == "Layers: [\"\(arn):2\"]  # ours\n")

                try await place.run("git", "-C", "acme/app", "update-ref", "refs/heads/main", "strata/bump")
                try await place.run("git", "-C", "acme/app", "update-ref", "-d", "refs/heads/strata/bump")
                try await runSteps(place, port: port, registry: "\(place.folder)/\(clone)")
                let branches = try await place.run("git", "-C", "acme/app", "branch", "--format=%(refname:short)")
                #expect(branches == "main\n", "nothing to move, nothing pushed")
            }
        }
    }
}
