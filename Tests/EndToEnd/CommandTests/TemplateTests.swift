import FoundationEssentials
import Testing

/// The files of `deploy/`.
@Suite("The fleet's template")
struct TemplateTests {
    private func text(_ path: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(filePath: "\(Program.root)/\(path)")), as: UTF8.self)
    }

    private func lint(_ arguments: String...) async throws -> String {
        let outcome = try await Command(
            arguments: [Program.python, "-B", "\(Program.root)/Tests/Servers/lint_template.py"] + arguments,
            environment: Program.environment, folder: "/"
        ).run()
        try #require(outcome.code == 0, "\(outcome.error)")
        return outcome.output
    }

    @Test("has nothing that cfn-lint finds, whole or in part, and every way through the state machine ends well")
    func linted() async throws {
        #expect(try await lint() == "")
    }

    @Test("would not pass with a broken state", arguments: [["Plan", "Next", "Nowhere"], ["Plan", "Type", "Tsk"]])
    func control(broken: [String]) async throws {
        #expect(try await lint("--break", broken[0], broken[1], broken[2]).contains("state machine"))
    }

    @Test("fits into a request, and is the one in the binary")
    func embedded() throws {
        let template = try text("deploy/template.yaml")
        // CloudFormation takes this much directly.
        #expect(template.utf8.count <= 51_200)
        let embedded = try text("Sources/strata/Deploying/EmbeddedTemplate.swift")
        #expect(embedded.contains(template), "run deploy/embed")
        #expect(template.split(separator: "\n").contains("  # The foundation ends here."))
        // A line for each state, without what JSON does not need.
        func bare(_ text: some StringProtocol) -> String { String(text.filter { $0 != "\n" && $0 != " " }) }
        #expect(bare(template).contains(bare(try text("deploy/state-machine.asl.json"))), "run deploy/embed")
    }

    @Test("holds no secret, and nothing that may be done to everything but to list regions and to deliver logs")
    func narrow() throws {
        let template = try text("deploy/template.yaml")
        #expect(!template.contains("SecretString") && !template.contains("GenerateSecretString"))
        #expect(template.split(separator: "\n").count { $0.hasSuffix(#"Resource: "*""#) } == 2)
        #expect(!template.contains(#"Action: "*""#))
    }

    @Test("is described: the page names every policy with what it allows")
    func described() throws {
        let page = try text("docs/fleet-deploy.md")
        let lines = try text("deploy/template.yaml").split(separator: "\n", omittingEmptySubsequences: false)
        let actions = Set(
            lines.flatMap { $0.matches(of: #/\b(?:dynamodb|lambda|s3|secretsmanager|sns|ssm|account):[A-Z]\w+/#) }
                .map { String($0.output) })
        #expect(actions.count > 20)
        for action in actions { #expect(page.contains(action.drop { $0 != ":" }.dropFirst()), "\(action)") }
    }
}
