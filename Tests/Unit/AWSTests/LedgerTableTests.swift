import AWS
import Foundation
import Testing
import Yams

@Suite("The ledger's table")
struct LedgerTableTests {
    @Test("is the one that the fleet's template makes")
    func template() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../deploy/template.yaml")
        let text = try String(contentsOf: file.standardized, encoding: .utf8)
        let table = try #require(try Yams.compose(yaml: text)?["Resources"]?["Ledger"])
        #expect(table["Type"]?.string == "AWS::DynamoDB::Table")
        let properties = try #require(table["Properties"])
        func keys(_ node: Node?) -> [LedgerTable.Definition.Key] {
            (node?["KeySchema"]?.array() ?? []).map {
                .init(name: $0["AttributeName"]?.string ?? "", kind: $0["KeyType"]?.string ?? "")
            }
        }
        let index = try #require(properties["GlobalSecondaryIndexes"]?[0])
        #expect(properties["GlobalSecondaryIndexes"]?.array().count == 1)
        #expect(index["Projection"]?["ProjectionType"]?.string == "INCLUDE")
        let made = LedgerTable.Definition(
            keys: keys(properties),
            index: .init(
                name: try #require(index["IndexName"]?.string), keys: keys(index),
                included: index["Projection"]?["NonKeyAttributes"]?.array().compactMap(\.string) ?? []),
            billing: try #require(properties["BillingMode"]?.string))
        #expect(made == LedgerTable.definition)
        let types = properties["AttributeDefinitions"]?.array() ?? []
        #expect(types.allSatisfy { $0["AttributeType"]?.string == "S" })
        #expect(
            Set(types.compactMap { $0["AttributeName"]?.string })
                == Set((LedgerTable.definition.keys + LedgerTable.definition.index.keys).map(\.name)))
        // A clock must never remove what the ledger holds.
        #expect(properties["TimeToLiveSpecification"] == nil)
    }
}
