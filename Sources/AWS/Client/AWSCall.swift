import HTTP
import Model

/// A call of one operation, before it is signed.
struct AWSCall: Sendable {
    var service: Service
    /// As AWS names it: `PublishLayerVersion`.
    var operation: String
    var region: Region
    var method: HTTPRequest.Method = .get
    /// Scheme and authority; nil for the service's endpoint in the region.
    var endpoint: String?
    /// As on the wire.
    var path: String
    var query: [(name: String, value: String)] = []
    var headers: [(name: String, value: String)] = []
    var payload: Payload = .empty
    /// Whether doing it twice is the same as doing it once, so that it may be repeated when its answer was lost.
    var isRepeatable = true
    /// False for the calls that bring their own proof, as a web identity's token.
    var isSigned = true
    /// The ARN, or its pattern, that a policy would have to name.
    var resource = "*"
    /// The IAM action, where it is not called like the operation.
    var action: String?
    /// Other actions that a refusal may be for, each with its resource.
    var furtherActions: [(action: String, resource: String)] = []
    /// What the reader can do about a fault of a kind, where the call knows better than the fault.
    var hints: [StrataError.Code: String] = [:]
    /// What is asked for, in words, for answers that have none: `the bucket 'b'`.
    var subject: String?
    /// The region in the signature, where it is not the one that is asked.
    var signingRegion: String?
    var answerLimit: ByteCount = .mebibytes(6)
    /// How long it may take, all of it in silence, where that is longer than usual.
    var patience: Duration?
    /// Takes the body of a good answer while it arrives, from its beginning at each attempt; nil for memory. How long
    /// all of it takes is not limited then, only how long nothing comes.
    var receiver: HTTPStream?
    /// Faults that are an answer like another, by the service's own word.
    var faultsToReturn: Set<String> = []
    /// Whether an answer with a status of 4xx, but for 408 and 429, is for the caller to read.
    var returnsRefusals = false
    /// Whether the service may begin its answer with 200 and then say in the body that it failed.
    var mayFailLate = false

    var place: StrataError.Place {
        StrataError.Place(region: region.code, operation: "\(service.name):\(operation)")
    }

    /// A path of segments, each encoded.
    static func path(_ segments: String...) -> String {
        segments.map { "/" + PercentEncoding.encode($0) }.joined()
    }
}

/// A body with its digest, computed once however often it is signed and sent.
struct Payload: Sendable {
    let body: HTTPRequest.Body
    let sha256: ContentDigest

    static let empty = Payload([])

    init(_ bytes: [UInt8]) {
        body = bytes.isEmpty ? .empty : .bytes(bytes)
        sha256 = ContentDigest.of(bytes)
    }

    init(_ body: HTTPRequest.Body, sha256: ContentDigest) {
        self.body = body
        self.sha256 = sha256
    }
}
