import AWS
import Contracts
import Foundation
import Model
import Testing

@Suite("CloudFormation")
struct StackTests {
    @Test("takes a template that is too large for a request through a bucket")
    func largeTemplate() async throws {
        let stage = Stage(front: try PythonServer("aws_front.py", ["--fleet"]), http: try .init())
        let account = try await stage.account()
        let stacks = Stacks(client: try stage.client(account), region: Stage.here)
        let blobs = try await stage.blobs(account)
        let small = #"{"Resources":{"Theirs":{"Type":"AWS::SNS::Topic","Properties":{"TopicName":"t"}}}}"#
        let large = small + String(repeating: "\n", count: Stacks.bodyLimit.bytes)
        #expect(try await stacks.template(small, through: blobs) == .body(small))
        let template = try await stacks.template(large, through: blobs)
        guard case .object(let url) = template else {
            Issue.record("a template of \(large.utf8.count) bytes is no body")
            return
        }
        #expect(url.contains("/strata-\(account.account)/templates/"))
        let changes = try await stacks.changes(
            to: "large", template: template, parameters: [:], name: "first", isNew: true)
        #expect(changes?.changes.map(\.resource) == ["Theirs"])
        let error = await #expect(throws: StrataError.self) {
            try await stacks.changes(to: "other", template: .body(large), parameters: [:], name: "first", isNew: true)
        }
        #expect(error?.message.contains("templateBody") == true)
    }
}
