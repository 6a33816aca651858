import HTTP
import Model

/// The ledger's table as whoever deploys it sees it: its size and its end. What is in it is the ledger's own matter.
/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations.html
public struct DeployedTable: Sendable {
    private let client: AWSClient
    private let name: String
    private let region: Region

    public init(client: AWSClient, name: String, region: Region) {
        self.client = client
        self.name = name
        self.region = region
    }

    /// As DynamoDB last counted, which it does every six hours.
    public struct Content: Sendable, Hashable {
        public var items: Int
        public var bytes: ByteCount
    }

    /// nil if there is no such table.
    public func content() async throws(StrataError) -> Content? {
        struct Answer: Decodable {
            struct Found: Decodable {
                let ItemCount: Int?
                let TableSizeBytes: Int?
            }
            let Table: Found
        }
        do throws(StrataError) {
            let found = try await send("DescribeTable", Named(TableName: name), Answer.self).Table
            return Content(items: found.ItemCount ?? 0, bytes: ByteCount(found.TableSizeBytes ?? 0))
        } catch {
            guard error.code == .notFound else { throw error }
            return nil
        }
    }

    /// Takes its protection away, if somebody has given it one, and deletes the table. Point-in-time recovery keeps a last backup for 35 days.
    public func remove() async throws(StrataError) {
        struct Unprotected: Encodable {
            let TableName: String
            let DeletionProtectionEnabled = false
        }
        _ = try await send("UpdateTable", Unprotected(TableName: name), Nothing.self)
        for attempt in 0..<60 {
            do throws(StrataError) {
                _ = try await send("DeleteTable", Named(TableName: name), Nothing.self)
                return
            } catch {
                // While the update is carried out the table is in use.
                guard error.code == .conflict || error.message.contains("ResourceInUse"), attempt < 59 else {
                    throw error
                }
            }
            do { try await Task.sleep(for: .seconds(2)) } catch { throw StrataError(.cancelled, "cancelled") }
        }
    }

    private struct Named: Encodable {
        let TableName: String
    }

    private func send<Answer: Decodable>(
        _ operation: String, _ body: some Encodable, _: Answer.Type
    ) async throws(StrataError) -> Answer {
        var call = AWSCall(service: .dynamodb, operation: operation, region: region, method: .post, path: "/")
        call.headers = [
            ("Content-Type", "application/x-amz-json-1.0"), ("X-Amz-Target", "DynamoDB_20120810.\(operation)"),
        ]
        call.payload = Payload(try JSONBytes.of(body))
        call.resource = "arn:\(region.partition.rawValue):dynamodb:\(region):*:table/\(name)"
        return try await client.send(call, Answer.self)
    }
}
