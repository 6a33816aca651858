import HTTP
import Model

extension Stacks {
    /// A template as CloudFormation takes it.
    public enum Template: Sendable, Hashable {
        /// In the request.
        case body(String)
        /// By the address of an object in S3.
        case object(url: String)
    }

    /// What a template may have that goes in the request.
    /// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
    public static let bodyLimit = ByteCount(51_200)

    /// A template for a change set: in the request if it fits, through a bucket if it does not.
    ///
    /// - Throws: what S3 says if the bucket cannot be written.
    public func template(_ text: String, through blobs: S3Blobs) async throws(StrataError) -> Template {
        let bytes = Array(text.utf8)
        guard bytes.count > Self.bodyLimit.bytes else { return .body(text) }
        let key = try BlobKey(checking: "templates/\(ContentDigest.of(bytes).hex).json")
        try await blobs.put(bytes, as: key, unlessExists: true)
        return .object(url: blobs.url(of: key))
    }
}

extension S3Blobs {
    /// The object's address, for services that read it with the rights of whoever asks them to.
    func url(of key: BlobKey) -> String {
        let place = buckets.client.endpoints.bucket(bucket.name, in: bucket.region, plainly: true)
        return "\(place.url)\(place.path)/\(PercentEncoding.encode(key.description, keepingSlashes: true))"
    }
}
