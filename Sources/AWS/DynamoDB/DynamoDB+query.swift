import Model
import Tasks

extension DynamoDB {
    /// A range of a partition, or of an index.
    struct Query: Sendable {
        var condition: Expression
        /// Nil for the table itself. An index may lag behind it.
        var index: String?
        var isDescending = false
        /// At most so many records.
        var limit = Int.max

        /// Records of a partition whose sort keys come after one.
        static func partition(_ partition: String, after sort: String? = nil, limit: Int = .max) -> Query {
            guard let sort else {
                return Query(condition: Expression("pk = :p", values: [":p": .text(partition)]), limit: limit)
            }
            return Query(
                condition: Expression("pk = :p AND sk > :s", values: [":p": .text(partition), ":s": .text(sort)]),
                limit: limit)
        }

        /// Records of a partition whose sort keys begin with a text.
        static func partition(_ partition: String, beginning prefix: String, isDescending: Bool = false) -> Query {
            Query(
                condition: Expression(
                    "pk = :p AND begins_with(sk, :s)", values: [":p": .text(partition), ":s": .text(prefix)]),
                isDescending: isDescending)
        }
    }

    /// All records of the range, in order, page by page; strongly consistent unless an index is asked.
    func query(_ query: Query) async throws(StrataError) -> [Record] {
        struct Body: Encodable {
            let TableName: String
            let IndexName: String?
            let KeyConditionExpression: String
            let ExpressionAttributeValues: [String: AttributeValue]
            let ExclusiveStartKey: Record?
            let ConsistentRead: Bool
            let ScanIndexForward: Bool
            let Limit: Int?
            let ReturnConsumedCapacity = "TOTAL"
        }
        struct Answer: Decodable {
            let Items: [Record]
            let LastEvaluatedKey: Record?
            let ConsumedCapacity: Consumed?
        }
        var found: [Record] = []
        var last: Record?
        while found.count < query.limit {
            let rest = query.limit == .max ? nil : query.limit - found.count
            let answer = try await read(
                "Query",
                Body(
                    TableName: table, IndexName: query.index, KeyConditionExpression: query.condition.text,
                    ExpressionAttributeValues: query.condition.values, ExclusiveStartKey: last,
                    ConsistentRead: query.index == nil, ScanIndexForward: !query.isDescending,
                    Limit: [rest, pageSize].compactMap(\.self).min()), Answer.self)
            capacity.add(read: answer.ConsumedCapacity?.CapacityUnits ?? 0)
            found += answer.Items
            last = answer.LastEvaluatedKey
            if last == nil { break }
        }
        return found
    }

    /// The same of several ranges at once, a few at a time, in the order asked for.
    func query(each queries: [Query]) async throws -> [[Record]] {
        try await queries.boundedMap(limit: 16) { try await query($0) }
    }
}
