import HTTP
import Model

/// The bucket of one region through which large layers go, as whoever deploys sees it.
/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
public struct DeployedStaging: Sendable {
    private let buckets: Buckets
    private let bucket: Buckets.Bucket

    public var name: String { bucket.name }
    public var region: Region { bucket.region }

    public init(client: AWSClient, name: String, owner: String, region: Region) {
        buckets = Buckets(client: client)
        bucket = Buckets.Bucket(name: name, owner: owner, region: region)
    }

    /// Whether there is such a bucket, and layers can go through it.
    ///
    /// - Throws: `accessDenied` for one that is somebody else's, `configuration` for one that is in another region or
    ///   keeps no versions.
    public func isReady() async throws(StrataError) -> Bool {
        let call = bucketCall("GetBucketVersioning", .get, "versioning", action: "s3:GetBucketVersioning")
        let answer = try await unlessMissing { () async throws(StrataError) in
            try await buckets.client.sendForXML(call)
        }
        guard let answer else { return false }
        guard answer.text("Status") == "Enabled" else { throw buckets.unversioned(bucket) }
        return true
    }

    /// Makes the bucket, which is private and encrypted as all new ones are: with versions, and a rule that removes
    /// layers a week after Lambda has copied them.
    public func make() async throws(StrataError) {
        var call = bucketCall("CreateBucket", .put, nil)
        // Nobody owns it yet.
        call.headers = []
        if bucket.region.code != "us-east-1" {
            let place = "<LocationConstraint>\(bucket.region)</LocationConstraint>"
            call.payload = Self.document("CreateBucketConfiguration", place)
        }
        // Made by somebody else in the meantime: the calls that follow name the owner.
        call.faultsToReturn = ["BucketAlreadyOwnedByYou"]
        _ = try await buckets.client.send(call)
        try await put("PutBucketVersioning", "versioning", "VersioningConfiguration", "<Status>Enabled</Status>")
        let ends =
            "<Expiration><Days>7</Days></Expiration>"
            + "<NoncurrentVersionExpiration><NoncurrentDays>7</NoncurrentDays></NoncurrentVersionExpiration>"
            + "<AbortIncompleteMultipartUpload><DaysAfterInitiation>1</DaysAfterInitiation>"
            + "</AbortIncompleteMultipartUpload>"
        try await put(
            "PutBucketLifecycleConfiguration", "lifecycle", "LifecycleConfiguration",
            "<Rule><ID>layers</ID><Filter><Prefix>layers/</Prefix></Filter><Status>Enabled</Status>\(ends)</Rule>",
            action: "s3:PutLifecycleConfiguration")
    }

    private func put(
        _ operation: String, _ part: String, _ root: String, _ content: String, action: String? = nil
    ) async throws(StrataError) {
        var call = bucketCall(operation, .put, part, action: action)
        call.payload = Self.document(root, content)
        call.headers.append(("x-amz-checksum-sha256", call.payload.sha256.base64))
        _ = try await buckets.client.send(call)
    }

    private func bucketCall(
        _ operation: String, _ method: HTTPRequest.Method, _ part: String?, action: String? = nil
    ) -> AWSCall {
        var call = buckets.call(operation, method, "", bucket, action: action)
        call.resource = Buckets.arn(bucket)
        call.query = part.map { [($0, "")] } ?? []
        return call
    }

    private static func document(_ root: String, _ content: String) -> Payload {
        let namespace = "http://s3.amazonaws.com/doc/2006-03-01/"
        return Payload(Array("<\(root) xmlns=\"\(namespace)\">\(content)</\(root)>".utf8))
    }
}
