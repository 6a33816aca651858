import Model

/// What DynamoDB says of a table.
struct TableDescription: Sendable {
    var status: String
    var keys: [LedgerTable.Definition.Key]
    /// The types of the table's own keys.
    var keyTypes: [String]
    /// The keys of each index.
    var indexes: [String: [LedgerTable.Definition.Key]]
}

extension DynamoDB {
    func describe() async throws(StrataError) -> TableDescription {
        struct Body: Encodable { let TableName: String }
        struct KeyPart: Decodable {
            let AttributeName: String
            let KeyType: String
            var key: LedgerTable.Definition.Key { .init(name: AttributeName, kind: KeyType) }
        }
        struct Attribute: Decodable {
            let AttributeName: String
            let AttributeType: String
        }
        struct Index: Decodable {
            let IndexName: String
            let KeySchema: [KeyPart]
        }
        struct Table: Decodable {
            let TableStatus: String
            let KeySchema: [KeyPart]
            let AttributeDefinitions: [Attribute]
            let GlobalSecondaryIndexes: [Index]?
        }
        struct Answer: Decodable { let Table: Table }
        let table = try await read("DescribeTable", Body(TableName: table), Answer.self).Table
        let types = Dictionary(
            table.AttributeDefinitions.map { ($0.AttributeName, $0.AttributeType) }, uniquingKeysWith: { $1 })
        return TableDescription(
            status: table.TableStatus, keys: table.KeySchema.map(\.key),
            keyTypes: table.KeySchema.compactMap { types[$0.AttributeName] },
            indexes: Dictionary(
                (table.GlobalSecondaryIndexes ?? []).map { ($0.IndexName, $0.KeySchema.map(\.key)) },
                uniquingKeysWith: { $1 }))
    }

    /// Makes a table as the definition says: for tests. A fleet's table is its template's.
    package func create(_ definition: LedgerTable.Definition) async throws(StrataError) {
        struct KeyPart: Encodable {
            let AttributeName: String
            let KeyType: String
        }
        struct Attribute: Encodable {
            let AttributeName: String
            let AttributeType = "S"
        }
        struct Projection: Encodable {
            let NonKeyAttributes: [String]
            let ProjectionType = "INCLUDE"
        }
        struct Index: Encodable {
            let IndexName: String
            let KeySchema: [KeyPart]
            let Projection: Projection
        }
        struct Body: Encodable {
            let TableName: String
            let AttributeDefinitions: [Attribute]
            let KeySchema: [KeyPart]
            let GlobalSecondaryIndexes: [Index]
            let BillingMode: String
        }
        func parts(_ keys: [LedgerTable.Definition.Key]) -> [KeyPart] {
            keys.map { KeyPart(AttributeName: $0.name, KeyType: $0.kind) }
        }
        let index = definition.index
        let body = Body(
            TableName: table,
            AttributeDefinitions: (definition.keys + index.keys).map { Attribute(AttributeName: $0.name) },
            KeySchema: parts(definition.keys),
            GlobalSecondaryIndexes: [
                Index(
                    IndexName: index.name, KeySchema: parts(index.keys),
                    Projection: Projection(NonKeyAttributes: index.included))
            ], BillingMode: definition.billing)
        _ = try await client.send(call("CreateTable", body))
    }
}
