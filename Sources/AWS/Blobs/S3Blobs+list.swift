import HTTP
import Model

extension S3Blobs {
    /// Pages of ListObjectsV2 until there are enough. Objects that somebody else put there under names that are no keys
    /// are passed over.
    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
    public func list(_ prefix: String, after: BlobKey?, limit: Int) async throws(StrataError) -> [Blob] {
        var blobs: [Blob] = []
        var last = after?.description
        while blobs.count < limit {
            var call = buckets.call("ListObjectsV2", .get, "", bucket, action: "s3:ListBucket")
            call.resource = "arn:\(bucket.region.partition.rawValue):s3:::\(bucket.name)"
            call.query = [
                ("list-type", "2"), ("prefix", prefix), ("max-keys", String(min(1000, limit - blobs.count))),
            ]
            if let last { call.query.append(("start-after", last)) }
            let page = try await buckets.client.sendForXML(call)
            let entries = page.children.filter { $0.name == "Contents" }
            for entry in entries {
                guard let key = entry.text("Key").flatMap(BlobKey.init),
                    let size = entry.text("Size").flatMap({ Int($0) })
                else { continue }
                blobs.append(Blob(key: key, size: ByteCount(size)))
            }
            guard page.text("IsTruncated") == "true", let next = entries.last?.text("Key") else { break }
            last = next
        }
        return blobs
    }
}
