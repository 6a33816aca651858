import FoundationEssentials
import HTTP
import Model

/// What a service said was wrong, in whichever of AWS's formats.
struct AWSFault: Sendable {
    var status: Int
    /// As `ResourceNotFoundException`; empty if the answer has none.
    var code: String
    var message: String
    var requestID: String?
    /// Where the bucket is, if it is elsewhere than it was asked for.
    var bucketRegion: String?

    init(_ response: HTTPResponse) {
        status = response.status
        requestID = Self.requestID(response.head)
        (code, message) = ("", "")
        bucketRegion = response.headers["x-amz-bucket-region"]
        let text = String(decoding: response.body, as: UTF8.self)
        if text.hasPrefix("<") {
            guard let root = try? XMLElement(response.body) else { return }
            let error = root.first("Error") ?? root
            code = error.first("Code")?.text ?? ""
            message = error.first("Message")?.text ?? ""
            bucketRegion = bucketRegion ?? error.first("Region")?.text
            requestID = requestID ?? root.first("RequestId")?.text ?? error.first("RequestId")?.text
        } else {
            let body = try? JSONDecoder().decode(Body.self, from: Data(response.body))
            // `TooManyRequestsException:http://internal.amazon.com/…` and `com.amazonaws.ssm#ParameterNotFound`.
            let name = response.headers["x-amzn-ErrorType"] ?? body?.type ?? body?.code ?? ""
            code = String(name.prefix { $0 != ":" }.split(separator: "#").last ?? "")
            message = body?.message ?? ""
        }
    }

    /// Whether an answer says in its body that it failed, whatever its status.
    static func isFault(_ response: HTTPResponse) -> Bool {
        guard let root = try? XMLElement(response.body) else { return false }
        return root.name == "Error"
    }

    static func requestID(_ head: HTTPHead) -> String? {
        head.headers["x-amzn-RequestId"] ?? head.headers["x-amz-request-id"]
    }

    private struct Body: Decodable {
        var type: String?
        var code: String?
        var message: String?

        init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: Key.self)
            func text(_ names: String...) -> String? {
                names.lazy.compactMap { try? fields.decode(String.self, forKey: Key(stringValue: $0)) }.first
            }
            type = text("__type")
            code = text("code", "Code")
            message = text("message", "Message", "errorMessage")
        }
    }

    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
}
