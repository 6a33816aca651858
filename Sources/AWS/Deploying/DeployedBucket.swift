import HTTP
import Model

/// The fleet's bucket as whoever deploys it sees it: all versions of all objects, and its end.
public struct DeployedBucket: Sendable {
    private let buckets: Buckets
    private let bucket: Buckets.Bucket

    public init(client: AWSClient, name: String, owner: String, region: Region) {
        buckets = Buckets(client: client)
        bucket = Buckets.Bucket(name: name, owner: owner, region: region)
    }

    public struct Content: Sendable, Hashable {
        public var objects = 0
        public var bytes = ByteCount(0)
    }

    /// How much is in the bucket with all former versions; nil if there is no such bucket.
    public func content() async throws(StrataError) -> Content? {
        var content = Content()
        do throws(StrataError) {
            try await eachPage { page throws(StrataError) in
                content.objects += page.count
                content.bytes = page.reduce(content.bytes) { $0 + $1.size }
            }
        } catch {
            guard error.code == .notFound else { throw error }
            return nil
        }
        return content
    }

    /// Removes all versions of all objects, and the bucket.
    public func remove() async throws(StrataError) {
        try await eachPage { page throws(StrataError) in
            if !page.isEmpty { try await delete(page) }
        }
        var call = buckets.call("DeleteBucket", .delete, "", bucket)
        call.resource = Buckets.arn(bucket)
        _ = try await buckets.client.send(call)
    }

    private struct Version {
        let key: String
        let id: String
        let size: ByteCount
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html
    private func eachPage(_ body: ([Version]) async throws(StrataError) -> Void) async throws(StrataError) {
        var query = [(name: "versions", value: "")]
        while true {
            var call = buckets.call("ListObjectVersions", .get, "", bucket, action: "s3:ListBucketVersions")
            call.resource = Buckets.arn(bucket)
            call.query = query
            let page = try await buckets.client.sendForXML(call)
            let entries = page.children.filter { $0.name == "Version" || $0.name == "DeleteMarker" }
            try await body(
                entries.compactMap { entry in
                    guard let key = entry.text("Key"), let id = entry.text("VersionId") else { return nil }
                    return Version(key: key, id: id, size: ByteCount(entry.text("Size").flatMap { Int($0) } ?? 0))
                })
            guard page.text("IsTruncated") == "true", let key = page.text("NextKeyMarker") else { return }
            query = [("versions", ""), ("key-marker", key)]
            if let id = page.text("NextVersionIdMarker") { query.append(("version-id-marker", id)) }
        }
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
    private func delete(_ versions: [Version]) async throws(StrataError) {
        var call = buckets.call("DeleteObjects", .post, "", bucket, action: "s3:DeleteObjectVersion")
        call.query = [("delete", "")]
        let list = versions.map { version in
            "<Object><Key>\(XMLText.escape(version.key))</Key>"
                + "<VersionId>\(XMLText.escape(version.id))</VersionId></Object>"
        }
        let namespace = "http://s3.amazonaws.com/doc/2006-03-01/"
        call.payload = Payload(
            Array("<Delete xmlns=\"\(namespace)\"><Quiet>true</Quiet>\(list.joined())</Delete>".utf8))
        call.headers += [
            ("Content-Type", "application/xml"), ("x-amz-checksum-sha256", call.payload.sha256.base64),
        ]
        let answer = try await buckets.client.sendForXML(call)
        if let failure = answer.first("Error") {
            throw StrataError(
                .accessDenied, "'\(failure.text("Key") ?? "")' could not be deleted: \(failure.text("Message") ?? "")",
                place: call.place)
        }
    }
}

/// Text in the XML that we send.
enum XMLText {
    static func escape(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }
}
