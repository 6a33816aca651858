import FoundationEssentials

/// A value of DynamoDB, of the types that Strata uses. Numbers are whole.
/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html
package enum AttributeValue: Sendable, Hashable {
    case text(String)
    case number(Int)
    case bytes([UInt8])

    var text: String? { if case .text(let text) = self { text } else { nil } }
    var number: Int? { if case .number(let number) = self { number } else { nil } }
    var bytes: [UInt8]? { if case .bytes(let bytes) = self { bytes } else { nil } }
}

/// An item of a table: DynamoDB's word is taken by ours.
package typealias Record = [String: AttributeValue]

extension AttributeValue: Codable {
    private enum Kind: String, CodingKey { case S, N, B }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Kind.self)
        if let text = try container.decodeIfPresent(String.self, forKey: .S) {
            self = .text(text)
        } else if let text = try container.decodeIfPresent(String.self, forKey: .N), let number = Int(text) {
            self = .number(number)
        } else if let text = try container.decodeIfPresent(String.self, forKey: .B),
            let data = Data(base64Encoded: text)
        {
            self = .bytes(Array(data))
        } else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "no text, whole number or bytes"))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Kind.self)
        switch self {
        case .text(let text): try container.encode(text, forKey: .S)
        case .number(let number): try container.encode(String(number), forKey: .N)
        case .bytes(let bytes): try container.encode(bytes.base64, forKey: .B)
        }
    }
}

/// The key of a record: its partition, and its place in the partition.
package struct RecordKey: Sendable, Hashable {
    let partition: String
    let sort: String

    package init(_ partition: String, _ sort: String) {
        self.partition = partition
        self.sort = sort
    }

    init?(_ record: Record) {
        guard let partition = record["pk"]?.text, let sort = record["sk"]?.text else { return nil }
        self.init(partition, sort)
    }

    var record: Record { ["pk": .text(partition), "sk": .text(sort)] }
}

/// A condition or key expression with what its placeholders stand for.
struct Expression: Sendable {
    var text: String
    var names: [String: String] = [:]
    var values: [String: AttributeValue] = [:]

    init(_ text: String, names: [String: String] = [:], values: [String: AttributeValue] = [:]) {
        self.text = text
        self.names = names
        self.values = values
    }

    static let isNew = Expression("attribute_not_exists(pk)")
    static let isThere = Expression("attribute_exists(pk)")
}
