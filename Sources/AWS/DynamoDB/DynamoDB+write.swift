import FoundationEssentials
import HTTP
import Model

extension DynamoDB {
    /// One step of a transaction.
    enum Write: Sendable {
        case put(Record, if: Expression?)
        case delete(RecordKey, if: Expression?)
        case check(RecordKey, if: Expression)
    }

    /// What became of a transaction.
    enum Outcome: Sendable {
        case done
        /// Nothing was written: the reasons, one for each step, `None` for those that were not at fault.
        case cancelled([String])
    }

    /// Writes all or nothing. A call whose answer was lost is sent again with the same token, and takes effect once.
    func write(_ steps: [Write]) async throws(StrataError) -> Outcome {
        struct Step: Encodable {
            let Put: Details?
            let Delete: Details?
            let ConditionCheck: Details?
        }
        struct Body: Encodable {
            let TransactItems: [Step]
            let ClientRequestToken: String
            let ReturnConsumedCapacity = "TOTAL"
        }
        struct Answer: Decodable { let ConsumedCapacity: [Consumed]? }
        struct Cancellation: Decodable {
            struct Reason: Decodable { let Code: String? }
            let CancellationReasons: [Reason]?
        }
        let body = Body(
            TransactItems: steps.map { step in
                switch step {
                case .put(let record, let condition):
                    Step(Put: Details(table, item: record, condition), Delete: nil, ConditionCheck: nil)
                case .delete(let key, let condition):
                    Step(Put: nil, Delete: Details(table, key: key, condition), ConditionCheck: nil)
                case .check(let key, let condition):
                    Step(Put: nil, Delete: nil, ConditionCheck: Details(table, key: key, condition))
                }
            }, ClientRequestToken: UUID().uuidString)
        var call = try call("TransactWriteItems", body, action: "dynamodb:PutItem")
        call.faultsToReturn = ["TransactionCanceledException"]
        let response = try await client.send(call)
        if response.isSuccess {
            capacity.add(
                write: (try? JSONDecoder().decode(Answer.self, from: Data(response.body)))?.ConsumedCapacity.units ?? 0)
            return .done
        }
        capacity.add()
        let reasons = (try? JSONDecoder().decode(Cancellation.self, from: Data(response.body)))?.CancellationReasons
        return .cancelled(reasons.map { $0.map { $0.Code ?? "None" } } ?? Self.reasons(in: AWSFault(response).message))
    }

    /// The reasons as the message lists them: `… [None, ConditionalCheckFailed]`.
    private static func reasons(in message: String) -> [String] {
        guard let start = message.lastIndex(of: "["), let end = message.lastIndex(of: "]"), start < end else {
            return []
        }
        return message[message.index(after: start)..<end].split(separator: ",").map { $0.filter { $0 != " " } }
    }

    private struct Details: Encodable {
        let TableName: String
        let Item: Record?
        let Key: Record?
        let ConditionExpression: String?
        let ExpressionAttributeNames: [String: String]?
        let ExpressionAttributeValues: [String: AttributeValue]?

        init(_ table: String, item: Record? = nil, key: RecordKey? = nil, _ condition: Expression?) {
            TableName = table
            Item = item
            Key = key?.record
            ConditionExpression = condition?.text
            ExpressionAttributeNames = condition.flatMap { $0.names.isEmpty ? nil : $0.names }
            ExpressionAttributeValues = condition.flatMap { $0.values.isEmpty ? nil : $0.values }
        }
    }
}

extension DynamoDB {
    /// Changes one record by an update expression; makes it if it is missing.
    ///
    /// - Parameters:
    ///   - change: with the names and values of the condition too.
    /// - Returns: the record's new attributes, or nil if the condition does not hold.
    func update(
        _ key: RecordKey, _ change: Expression, if condition: String? = nil
    ) async throws(StrataError) -> Record? {
        struct Body: Encodable {
            let TableName: String
            let Key: Record
            let UpdateExpression: String
            let ConditionExpression: String?
            let ExpressionAttributeNames: [String: String]?
            let ExpressionAttributeValues: [String: AttributeValue]?
            let ReturnValues = "ALL_NEW"
            let ReturnConsumedCapacity = "TOTAL"
        }
        struct Answer: Decodable {
            let Attributes: Record?
            let ConsumedCapacity: Consumed?
        }
        var call = try call(
            "UpdateItem",
            Body(
                TableName: table, Key: key.record, UpdateExpression: change.text, ConditionExpression: condition,
                ExpressionAttributeNames: change.names.isEmpty ? nil : change.names,
                ExpressionAttributeValues: change.values.isEmpty ? nil : change.values))
        call.faultsToReturn = ["ConditionalCheckFailedException"]
        let response = try await client.send(call)
        guard response.isSuccess else {
            capacity.add(write: 1)
            return nil
        }
        do {
            let answer = try JSONDecoder().decode(Answer.self, from: Data(response.body))
            capacity.add(write: answer.ConsumedCapacity?.CapacityUnits ?? 0)
            return answer.Attributes ?? [:]
        } catch {
            throw client.malformed(response, call, "no record")
        }
    }

    /// Puts and deletes any number of records, each on its own and in no order: a call that fails may have written some.
    package func writeEach(putting records: [Record] = [], deleting keys: [RecordKey] = []) async throws(StrataError) {
        struct Request: Codable {
            struct Put: Codable { let Item: Record }
            struct Delete: Codable { let Key: Record }
            var PutRequest: Put?
            var DeleteRequest: Delete?
        }
        struct Body: Encodable {
            let RequestItems: [String: [Request]]
            let ReturnConsumedCapacity = "TOTAL"
        }
        struct Answer: Decodable {
            let UnprocessedItems: [String: [Request]]?
            let ConsumedCapacity: [Consumed]?
        }
        var waiting =
            records.map { Request(PutRequest: .init(Item: $0)) }
            + keys.map { Request(DeleteRequest: .init(Key: $0.record)) }
        var failures = 0
        while !waiting.isEmpty {
            // 25 requests and 16 MB are what one call may hold: our records are bounded well below that.
            let batch = Array(waiting.prefix(25))
            let answer = try await client.send(
                call("BatchWriteItem", Body(RequestItems: [table: batch])), Answer.self)
            capacity.add(write: answer.ConsumedCapacity.units)
            let left = answer.UnprocessedItems?[table] ?? []
            waiting = left + waiting.dropFirst(batch.count)
            // Whatever was taken is progress; only what is refused again and again is a failure.
            failures = left.count < batch.count ? (left.isEmpty ? 0 : 1) : failures + 1
            if !left.isEmpty { try await pause(after: failures, "the table is throttling writes") }
        }
    }

    /// Waits with full jitter.
    ///
    /// - Parameter base: the longest first wait; it doubles.
    /// - Throws: `throttled` after too many failures in a row.
    func pause(
        after failures: Int, _ what: String, base: Duration = .milliseconds(25)
    ) async throws(StrataError) {
        let policy = RetryPolicy(attempts: 40, base: base, cap: .seconds(2))
        guard let wait = policy.wait(afterFailures: failures, requested: nil, random: client.options.retrying.random())
        else {
            throw StrataError(
                .throttled, what, hint: "run again later",
                place: StrataError.Place(region: region.code, operation: "dynamodb"))
        }
        do { try await client.options.retrying.sleep(wait) } catch { throw StrataError(.cancelled, "cancelled") }
    }
}
