import HTTP
import Model

/// Lambda's operations on functions. Names are the caller's to check: they become part of the path.
extension Lambda {
    private static let functions = "2015-03-31"

    /// What a function is made of.
    struct NewFunction: Encodable, Sendable {
        struct Code: Encodable, Sendable { let ZipFile: String }
        let FunctionName: String
        let Description: String
        let Role: String
        let Runtime: String
        let Architectures: [String]
        let Handler: String
        let Code: Code
        let Layers: [String]
        let MemorySize: Int
        let Timeout: Int
        let Tags: [String: String]
    }

    struct FunctionState: Decodable, Sendable {
        struct Layer: Decodable, Sendable { let Arn: String }
        /// `Pending`, `Active`, `Inactive` or `Failed`.
        let State: String?
        let StateReason: String?
        /// `Successful`, `Failed` or `InProgress`.
        let LastUpdateStatus: String?
        let LastUpdateStatusReason: String?
        let Layers: [Layer]?
    }

    func create(_ function: NewFunction, in region: Region) async throws(StrataError) {
        var call = functionCall("CreateFunction", .post, function.FunctionName, region)
        call.path = AWSCall.path(Self.functions, "functions")
        call.headers = [("Content-Type", "application/json")]
        call.payload = Payload(try JSONBytes.of(function))
        call.furtherActions =
            [("iam:PassRole", function.Role), ("lambda:TagResource", call.resource)]
            + function.Layers.map { ("lambda:GetLayerVersion", $0) }
        _ = try await client.send(call)
    }

    func state(of function: String, in region: Region) async throws(StrataError) -> FunctionState {
        try await client.send(
            functionCall("GetFunctionConfiguration", .get, function, region, "configuration"), FunctionState.self)
    }

    /// Calls a function and waits for its answer, which is not asked for twice: it may have taken minutes.
    ///
    /// - Parameter patience: the longest that it may take.
    func invoke(
        _ function: String, _ event: [UInt8], patience: Duration, in region: Region
    ) async throws(StrataError) -> HTTPResponse {
        var call = functionCall("Invoke", .post, function, region, "invocations")
        call.action = "lambda:InvokeFunction"
        call.headers = [("Content-Type", "application/json"), ("X-Amz-Invocation-Type", "RequestResponse")]
        call.payload = Payload(event)
        call.isRepeatable = false
        call.patience = patience
        return try await client.send(call)
    }

    func deleteFunction(_ function: String, in region: Region) async throws(StrataError) {
        _ = try await client.send(functionCall("DeleteFunction", .delete, function, region))
    }

    private func functionCall(
        _ operation: String, _ method: HTTPRequest.Method, _ function: String, _ region: Region, _ rest: String...
    ) -> AWSCall {
        let path = AWSCall.path(Self.functions, "functions", function)
        var call = call(operation, method, region, path + rest.map { AWSCall.path($0) }.joined())
        call.resource = "arn:\(region.partition.rawValue):lambda:\(region):\(account):function:\(function)"
        return call
    }
}
