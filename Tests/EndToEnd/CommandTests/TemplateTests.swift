import FoundationEssentials
import Testing

/// The files of `deploy/`, and what the program makes of them.
@Suite("The fleet's template")
struct TemplateTests {
    private func text(_ path: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(filePath: "\(Program.root)/\(path)")), as: UTF8.self)
    }

    private func lint(_ arguments: String...) async throws -> String {
        let outcome = try await Command(
            arguments: [Program.python, "-B", "\(Program.root)/Tests/Servers/lint_template.py", try Program.path()]
                + arguments,
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

    @Test("fits into a request; a new fleet's foundation holds data only, and the whole holds the state machine")
    func parts() async throws {
        struct Template: Decodable {
            struct Part: Decodable {
                let type: String
                enum CodingKeys: String, CodingKey { case type = "Type" }
            }
            let parameters: [String: Part]
            let resources: [String: Part]
            enum CodingKeys: String, CodingKey { case parameters = "Parameters", resources = "Resources" }
        }
        let place = try Workplace()
        let whole = try await place.command(["deploy", "--template", "whole"]).run()
        // CloudFormation takes this much directly.
        #expect(whole.output.utf8.count <= 51_200)
        let template = try JSONDecoder().decode(Template.self, from: Data(whole.output.utf8))
        #expect(template.resources["StateMachine"]?.type == "AWS::StepFunctions::StateMachine")
        #expect(template.parameters["Table"] != nil)
        #expect(whole.output.contains(#""DefinitionString":{"Fn::Sub":"{\"Comment\":"#))
        #expect(!whole.output.contains("DefinitionS3Location"))
        let part = try await place.command(["deploy", "--template", "foundation"]).run()
        let foundation = try JSONDecoder().decode(Template.self, from: Data(part.output.utf8))
        #expect(
            foundation.resources.mapValues(\.type) == [
                "Ledger": "AWS::DynamoDB::Table", "Bucket": "AWS::S3::Bucket", "BucketRules": "AWS::S3::BucketPolicy",
            ])
        #expect(foundation.parameters.keys == template.parameters.keys)
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
