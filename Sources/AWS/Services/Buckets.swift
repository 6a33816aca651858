import FoundationEssentials
import HTTP
import Model

/// S3, as far as layers go through it. Every call names the account that must own the bucket, so that nobody else's
/// bucket of the same name is ever used.
/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations.html
struct Buckets: Sendable {
    let client: AWSClient

    /// A bucket that must belong to an account.
    struct Bucket: Sendable, Hashable {
        let name: String
        let owner: String
        let region: Region
    }

    /// One version of an object: what Lambda is told, so that nobody can exchange the bytes meanwhile.
    struct Object: Sendable, Hashable {
        let bucket: Bucket
        let key: String
        let version: String
    }

    /// The object's newest version and its size, or nil if there is none.
    func head(_ key: String, in bucket: Bucket) async throws(StrataError) -> (object: Object, size: ByteCount)? {
        let call = headCall(key, bucket)
        return try await unlessMissing { () async throws(StrataError) in
            let head = try await client.send(call).head
            let size = ByteCount(head.headers["Content-Length"].flatMap { Int($0) } ?? -1)
            return (try object(head, key, bucket), size)
        }
    }

    func put(_ payload: Payload, as key: String, in bucket: Bucket) async throws(StrataError) -> Object {
        var call = call("PutObject", .put, key, bucket)
        call.payload = payload
        // S3 compares the bytes that it stores with this.
        call.headers.append(("x-amz-checksum-sha256", payload.sha256.base64))
        return try object(try await client.send(call).head, key, bucket)
    }

    /// Copies inside S3, also between regions.
    func copy(_ source: Object, to bucket: Bucket) async throws(StrataError) -> Object {
        var call = call("CopyObject", .put, source.key, bucket, action: "s3:PutObject")
        let path = PercentEncoding.encode("\(source.bucket.name)/\(source.key)", keepingSlashes: true)
        call.headers += [
            ("x-amz-copy-source", "\(path)?versionId=\(PercentEncoding.encode(source.version))"),
            ("x-amz-source-expected-bucket-owner", source.bucket.owner),
        ]
        // S3 may begin a copy's answer with 200 and then say in the body that it failed.
        call.mayFailLate = true
        let response = try await client.send(call)
        guard let root = try? XMLElement(response.body), root.name == "CopyObjectResult" else {
            throw client.malformed(response, call, "no CopyObjectResult")
        }
        return try object(response.head, source.key, bucket)
    }

    /// Whether an object is there. Its answer has no words, and a role that may not list the bucket is refused where the
    /// object is missing.
    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
    func headCall(_ key: String, _ bucket: Bucket) -> AWSCall {
        var call = call("HeadObject", .head, key, bucket, action: "s3:GetObject")
        call.furtherActions = [("s3:ListBucket", Self.arn(bucket))]
        return call
    }

    static func arn(_ bucket: Bucket) -> String { "arn:\(bucket.region.partition.rawValue):s3:::\(bucket.name)" }

    func call(
        _ operation: String, _ method: HTTPRequest.Method, _ key: String, _ bucket: Bucket, action: String? = nil
    ) -> AWSCall {
        let place = client.endpoints.bucket(bucket.name, in: bucket.region)
        var call = AWSCall(
            service: .s3, operation: operation, region: bucket.region, method: method,
            path: "\(place.path)/\(PercentEncoding.encode(key, keepingSlashes: true))")
        call.endpoint = place.url
        call.headers = [("x-amz-expected-bucket-owner", bucket.owner)]
        call.resource = "\(Self.arn(bucket))/*"
        call.subject = "the bucket '\(bucket.name)' of account \(bucket.owner)"
        call.action = action
        return call
    }

    func object(_ head: HTTPHead, _ key: String, _ bucket: Bucket) throws(StrataError) -> Object {
        guard let version = head.headers["x-amz-version-id"], version != "null", !version.isEmpty else {
            throw unversioned(bucket)
        }
        return Object(bucket: bucket, key: key, version: version)
    }

    func unversioned(_ bucket: Bucket) -> StrataError {
        StrataError(
            .configuration, "the bucket '\(bucket.name)' keeps no versions of its objects",
            hint: "turn its versioning on, so that nobody can replace a layer between upload and publishing",
            place: StrataError.Place(region: bucket.region.code, operation: "s3"))
    }
}
