import FoundationEssentials
import HTTP
import Model

/// Lambda's operations on layers. Names are checked by the caller: they become part of the path.
/// https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html
struct Lambda: Sendable {
    let client: AWSClient
    /// For the resources that a missing permission would have to name.
    let account: String

    static let version = "2018-10-31"

    /// A layer version, as Publish and Get tell it.
    struct LayerVersion: Decodable, Sendable {
        struct Content: Decodable, Sendable {
            let CodeSha256: String
            let CodeSize: Int
            /// Where the zip can be had, for ten minutes.
            let Location: String?
        }
        let LayerVersionArn: String
        let Version: Int
        let Content: Content
        let Description: String?
        let CompatibleRuntimes: [String]?
        let CompatibleArchitectures: [String]?
    }

    struct Page: Decodable, Sendable {
        struct Entry: Decodable, Sendable {
            let LayerVersionArn: String
            let Version: Int
            let Description: String?
        }
        let LayerVersions: [Entry]
        let NextMarker: String?
    }

    /// - Parameters:
    ///   - payload: the request's JSON, which is the same in every region.
    ///   - object: what Lambda reads with the caller's rights, if the layer is not in the request.
    func publish(
        _ name: String, _ payload: Payload, reading object: Buckets.Object? = nil, in region: Region
    ) async throws(StrataError) -> LayerVersion {
        var call = call("PublishLayerVersion", .post, region, AWSCall.path(Self.version, "layers", name, "versions"))
        call.headers = [("Content-Type", "application/json")]
        call.payload = payload
        call.isRepeatable = false
        call.resource = arn(region, name)
        if let object { call.furtherActions = [("s3:GetObjectVersion", "\(Buckets.arn(object.bucket))/*")] }
        return try await client.send(call, LayerVersion.self)
    }

    func get(_ id: Release.ID) async throws(StrataError) -> LayerVersion {
        try await client.send(versionCall("GetLayerVersion", .get, id), LayerVersion.self)
    }

    /// A version of anybody's layer that may be read.
    func get(arn: String, in region: Region) async throws(StrataError) -> LayerVersion {
        var call = call("GetLayerVersionByArn", .get, region, AWSCall.path(Self.version, "layers"))
        call.query = [("find", "LayerVersion"), ("Arn", arn)]
        call.action = "lambda:GetLayerVersion"
        call.resource = arn
        return try await client.send(call, LayerVersion.self)
    }

    /// One page of a layer's versions, newest first.
    func list(_ name: String, after marker: String?, in region: Region) async throws(StrataError) -> Page {
        var call = call("ListLayerVersions", .get, region, AWSCall.path(Self.version, "layers", name, "versions"))
        call.query = [("MaxItems", "50")] + (marker.map { [("Marker", $0)] } ?? [])
        return try await client.send(call, Page.self)
    }

    func delete(_ id: Release.ID) async throws(StrataError) {
        _ = try await client.send(versionCall("DeleteLayerVersion", .delete, id))
    }

    func addPermission(_ grant: Visibility.Grant, on id: Release.ID) async throws(StrataError) {
        struct Body: Encodable {
            let Action: String
            let OrganizationId: String?
            let Principal: String
            let StatementId: String
        }
        let body = Body(
            Action: "lambda:GetLayerVersion", OrganizationId: grant.organization, Principal: grant.principal,
            StatementId: grant.statement)
        var call = versionCall("AddLayerVersionPermission", .post, id, "policy")
        call.headers = [("Content-Type", "application/json")]
        call.payload = Payload(try JSONBytes.of(body))
        // A repeated statement is refused, never doubled.
        call.isRepeatable = true
        _ = try await client.send(call)
    }

    func removePermission(_ statement: String, on id: Release.ID) async throws(StrataError) {
        _ = try await client.send(versionCall("RemoveLayerVersionPermission", .delete, id, "policy", statement))
    }

    /// The version's resource policy, a JSON document.
    func policy(of id: Release.ID) async throws(StrataError) -> [UInt8] {
        struct Answer: Decodable { let Policy: String }
        return Array(
            try await client.send(versionCall("GetLayerVersionPolicy", .get, id, "policy"), Answer.self).Policy.utf8)
    }

    func accountSettings(in region: Region) async throws(StrataError) -> CodeStorage {
        struct Answer: Decodable {
            struct Limit: Decodable { let TotalCodeSize: Int }
            struct Usage: Decodable { let TotalCodeSize: Int }
            let AccountLimit: Limit
            let AccountUsage: Usage
        }
        let answer = try await client.send(
            call("GetAccountSettings", .get, region, AWSCall.path("2016-08-19", "account-settings")), Answer.self)
        return CodeStorage(
            used: ByteCount(answer.AccountUsage.TotalCodeSize), limit: ByteCount(answer.AccountLimit.TotalCodeSize))
    }

    private func versionCall(
        _ operation: String, _ method: HTTPRequest.Method, _ id: Release.ID, _ rest: String...
    ) -> AWSCall {
        let path = AWSCall.path(Self.version, "layers", id.name, "versions", String(id.number))
        var call = call(operation, method, id.region, path + rest.map { AWSCall.path($0) }.joined())
        call.resource = "\(arn(id.region, id.name)):\(id.number)"
        return call
    }

    func call(
        _ operation: String, _ method: HTTPRequest.Method, _ region: Region, _ path: String
    ) -> AWSCall {
        AWSCall(service: .lambda, operation: operation, region: region, method: method, path: path)
    }

    private func arn(_ region: Region, _ name: String) -> String {
        "arn:\(region.partition.rawValue):lambda:\(region):\(account):layer:\(name)"
    }
}

/// One way to write JSON: keys sorted, slashes plain.
enum JSONBytes {
    static func of(_ value: some Encodable) throws(StrataError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return Array(try encoder.encode(value))
        } catch {
            throw StrataError(.inconsistent, "a request could not be written as JSON", cause: error)
        }
    }

    /// An object's members; nil if the bytes are something else.
    static func object(_ bytes: [UInt8]) -> [String: JSONValue]? {
        try? JSONDecoder().decode([String: JSONValue].self, from: Data(bytes))
    }
}
