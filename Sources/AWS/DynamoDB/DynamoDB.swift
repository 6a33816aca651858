import FoundationEssentials
import HTTP
import Model

/// One table of DynamoDB, by the operations that the ledger needs. Every call is signed, counted and repeated as AWS
/// asks for: throttling and failing servers with full jitter, pages to their end, unprocessed writes until they are
/// taken.
/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB.html
package struct DynamoDB: Sendable {
    let client: AWSClient
    package let table: String
    package let region: Region
    let capacity: CapacityUsed
    /// At most so many records a page; nil for what fits into DynamoDB's megabyte.
    let pageSize: Int?

    package init(
        client: AWSClient, table: String, region: Region, capacity: CapacityUsed = CapacityUsed(), pageSize: Int? = nil
    ) {
        self.client = client.patient
        self.table = table
        self.region = region
        self.capacity = capacity
        self.pageSize = pageSize
    }

    /// The record as it is now, or nil.
    func get(_ key: RecordKey) async throws(StrataError) -> Record? {
        struct Body: Encodable {
            let TableName: String
            let Key: Record
            let ConsistentRead = true
            let ReturnConsumedCapacity = "TOTAL"
        }
        struct Answer: Decodable {
            let Item: Record?
            let ConsumedCapacity: Consumed?
        }
        let answer = try await read("GetItem", Body(TableName: table, Key: key.record), Answer.self)
        capacity.add(read: answer.ConsumedCapacity?.CapacityUnits ?? 0)
        return answer.Item
    }

    /// Up to 100 records as they were together at one moment, in the order asked for.
    /// - Throws: `throttled` if writers kept getting in between.
    func getTogether(_ keys: [RecordKey]) async throws(StrataError) -> [Record?] {
        struct Get: Encodable {
            let Key: Record
            let TableName: String
        }
        struct Action: Encodable { let Get: Get }
        struct Body: Encodable {
            let TransactItems: [Action]
            let ReturnConsumedCapacity = "TOTAL"
        }
        struct Answer: Decodable {
            struct Entry: Decodable { let Item: Record? }
            let Responses: [Entry]
            let ConsumedCapacity: [Consumed]?
        }
        guard !keys.isEmpty else { return [] }
        let body = Body(TransactItems: keys.map { Action(Get: Get(Key: $0.record, TableName: table)) })
        let answer = try await read("TransactGetItems", body, Answer.self, action: "dynamodb:GetItem")
        capacity.add(read: answer.ConsumedCapacity.units)
        guard answer.Responses.count == keys.count else {
            throw StrataError(.unavailable, "\(keys.count) records were requested, \(answer.Responses.count) arrived")
        }
        return answer.Responses.map(\.Item)
    }

    func read<Answer: Decodable>(
        _ operation: String, _ body: some Encodable, _: Answer.Type, action: String? = nil
    ) async throws(StrataError) -> Answer {
        try await client.send(call(operation, body, action: action), Answer.self)
    }

    func call(_ operation: String, _ body: some Encodable, action: String? = nil) throws(StrataError) -> AWSCall {
        var call = AWSCall(service: .dynamodb, operation: operation, region: region, method: .post, path: "/")
        call.headers = [
            ("Content-Type", "application/x-amz-json-1.0"), ("X-Amz-Target", "DynamoDB_20120810.\(operation)"),
        ]
        call.payload = Payload(try JSONBytes.of(body))
        call.resource = "arn:\(region.partition.rawValue):dynamodb:\(region):*:table/\(table)"
        call.action = action
        call.answerLimit = .mebibytes(32)
        return call
    }
}

/// What a call cost.
struct Consumed: Decodable, Sendable {
    let CapacityUnits: Double
}

extension [Consumed]? {
    var units: Double { (self ?? []).reduce(0) { $0 + $1.CapacityUnits } }
}

extension AWSClient {
    /// The same client with more, and shorter, waits: throttling of a table passes within seconds.
    fileprivate var patient: AWSClient {
        var options = options
        options.retrying.policy = RetryPolicy(
            attempts: max(10, options.retrying.policy.attempts), base: .milliseconds(50), cap: .seconds(5))
        return AWSClient(http: http, endpoints: endpoints, credentials: credentials, clock: clock, options: options)
    }
}
