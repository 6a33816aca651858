import Files
import HTTP
import Model

/// The site in a bucket of S3, which must belong to the account that is named, and its distribution in CloudFront.
///
/// A role needs `s3:GetObject`, `s3:PutObject` and `s3:DeleteObject` on the objects, `s3:ListBucket` on the bucket,
/// without which S3 answers 403 for an object that is missing, and `cloudfront:CreateInvalidation` on the distribution.
public struct S3Site: SitePlace {
    private let buckets: Buckets
    private let bucket: Buckets.Bucket
    private let options: Options

    public struct Options: Sendable {
        /// What keys begin with, without a slash at the end; may be empty.
        public var prefix: String
        public var cacheControl: String
        /// The id of a distribution that is told what changed.
        public var distribution: String?
        /// The path of the site's address, without a slash at the end: readers ask the distribution for what lies there.
        public var servedAt: String

        public init(prefix: String = "", cacheControl: String, distribution: String? = nil, servedAt: String = "") {
            self.prefix = prefix
            self.cacheControl = cacheControl
            self.distribution = distribution
            self.servedAt = servedAt
        }

        /// What tells two ways of keeping the same bytes apart.
        public static func form(cacheControl: String) -> String { "1 \(cacheControl)" }
    }

    public init(client: AWSClient, bucket: String, owner: String, region: Region, options: Options) {
        buckets = Buckets(client: client)
        self.bucket = Buckets.Bucket(name: bucket, owner: owner, region: region)
        self.options = options
    }

    public func withFiles<Value: Sendable>(
        _ body: @escaping @Sendable (_ read: (String) throws -> [UInt8]?) throws -> Value
    ) async throws -> Value {
        try await blocking { try body { path in try waiting { try await read(path) } } }
    }

    private func read(_ path: String) async throws(StrataError) -> [UInt8]? {
        var call = call("GetObject", .get, path)
        call.answerLimit = BlobLimits.memory
        call.furtherActions = [("s3:ListBucket", Buckets.arn(bucket))]
        do throws(StrataError) {
            let answer = try await buckets.client.send(call)
            guard answer.headers["Content-Encoding"] == "gzip" else { return answer.body }
            return try Gzip.expand(answer.body, limit: BlobLimits.memory)
        } catch {
            guard error.code == .notFound, (error.cause as? HTTPStatusFailure)?.code != "NoSuchBucket" else {
                throw error
            }
            return nil
        }
    }

    public func write(_ bytes: [UInt8], to path: String) async throws {
        var call = call("PutObject", .put, path)
        call.headers += [("Content-Type", MediaType.of(path)), ("Cache-Control", options.cacheControl)]
        // Below that it is not worth a header.
        if MediaType.isForBrowsers(path), bytes.count > 1000 {
            call.payload = Payload(try Gzip.compress(bytes))
            call.headers.append(("Content-Encoding", "gzip"))
        } else {
            call.payload = Payload(bytes)
        }
        call.headers.append(("x-amz-checksum-sha256", call.payload.sha256.base64))
        _ = try await buckets.client.send(call)
    }

    public func delete(_ path: String) async throws {
        _ = try await buckets.client.send(call("DeleteObject", .delete, path))
    }

    public func refresh(_ paths: [String]?, as id: String) async throws {
        guard let distribution = options.distribution, paths?.isEmpty != true else { return }
        try await Distributions(client: buckets.client, account: bucket.owner).invalidate(
            invalidated(paths), of: distribution, as: id, in: bucket.region.partition)
    }

    /// Each path costs, and few that end with `*` may be under way: many become one.
    private func invalidated(_ paths: [String]?) -> [String] {
        guard let paths, paths.count <= 10 else { return ["\(options.servedAt)/*"] }
        return paths.flatMap { path in
            let all = path == "index.html" ? ["", path] : [path]
            return all.map { "\(options.servedAt)/\(PercentEncoding.encode($0, keepingSlashes: true))" }
        }
    }

    private func call(_ operation: String, _ method: HTTPRequest.Method, _ path: String) -> AWSCall {
        let prefix = options.prefix.isEmpty ? "" : "\(options.prefix)/"
        var call = buckets.call(operation, method, prefix + path, bucket)
        call.resource = "\(Buckets.arn(bucket))/\(prefix)*"
        call.hints = [
            .configuration: "write the bucket's region as 'site.region'",
            .notFound: "create the bucket in \(bucket.region), or name another in 'site.to'",
        ]
        return call
    }
}
