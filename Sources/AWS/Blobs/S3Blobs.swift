import HTTP
import Model

/// Objects in a bucket of S3, which must belong to the account that is named: nobody else's bucket of that name is ever
/// read or written.
///
/// A role needs `s3:GetObject`, `s3:PutObject`, `s3:DeleteObject` and `s3:AbortMultipartUpload` on the objects, and
/// `s3:ListBucket` on the bucket: without the last S3 answers 403 for an object that is missing, not 404.
public struct S3Blobs: BlobStore {
    let buckets: Buckets
    let bucket: Buckets.Bucket

    public init(client: AWSClient, bucket: String, owner: String, region: Region) {
        buckets = Buckets(client: client)
        self.bucket = Buckets.Bucket(name: bucket, owner: owner, region: region)
    }

    public func get(_ key: BlobKey) async throws(StrataError) -> [UInt8]? {
        guard let size = try await head(key)?.size else { return nil }
        guard size <= BlobLimits.memory else {
            throw StrataError(.tooLarge, "the object '\(key)' has \(size), too much for memory", place: place)
        }
        var call = buckets.call("GetObject", .get, key.description, bucket)
        call.answerLimit = BlobLimits.memory
        return try await unlessNoSuchKey { () async throws(StrataError) in try await buckets.client.send(call).body }
    }

    public func head(_ key: BlobKey) async throws(StrataError) -> Blob? {
        let call = buckets.headCall(key.description, bucket)
        return try await unlessNoSuchKey { () async throws(StrataError) in
            let answer = try await buckets.client.send(call)
            guard let size = answer.headers["Content-Length"].flatMap({ Int($0) }) else {
                throw buckets.client.malformed(answer, call, "no size")
            }
            return Blob(key: key, size: ByteCount(size))
        }
    }

    @discardableResult
    public func put(_ bytes: [UInt8], as key: BlobKey, unlessExists: Bool) async throws(StrataError) -> Bool {
        try await put(Payload(bytes), key, unlessExists)
    }

    public func delete(_ key: BlobKey) async throws(StrataError) {
        _ = try await unlessNoSuchKey { () async throws(StrataError) in
            try await buckets.client.send(buckets.call("DeleteObject", .delete, key.description, bucket))
        }
    }

    @discardableResult
    public func upload(_ file: BlobFile, as key: BlobKey, unlessExists: Bool) async throws(StrataError) -> Bool {
        let parts = try await Buckets.parts(of: file)
        if unlessExists, try await head(key) != nil { return false }
        if parts.count < 2 { return try await put(parts.first?.payload ?? .empty, key, unlessExists) }
        for _ in 0..<Self.uploads - 1 {
            do throws(StrataError) { return try await uploadParts(parts, key, unlessExists) } catch {
                // Whoever came in between is done, or has failed: look, and upload again.
                guard (error.cause as? HTTPStatusFailure)?.code == Buckets.conflict else { throw error }
                if try await head(key) != nil { return false }
            }
        }
        return try await uploadParts(parts, key, unlessExists)
    }

    /// How often an upload in parts is begun while others write the same object.
    private static let uploads = 4

    private func uploadParts(
        _ parts: [Buckets.Part], _ key: BlobKey, _ unlessExists: Bool
    ) async throws(StrataError) -> Bool {
        try await unlessExisting { () async throws(StrataError) in
            _ = try await buckets.uploadParts(parts, as: key.description, in: bucket, unlessExists: unlessExists)
        }
    }

    /// S3 compares the bytes that it stores with the digest.
    private func put(_ payload: Payload, _ key: BlobKey, _ unlessExists: Bool) async throws(StrataError) -> Bool {
        var call = buckets.call("PutObject", .put, key.description, bucket)
        call.payload = payload
        call.headers.append(("x-amz-checksum-sha256", payload.sha256.base64))
        if unlessExists { call.headers.append(("If-None-Match", "*")) }
        return try await unlessExisting { [call] () async throws(StrataError) in
            _ = try await buckets.client.send(call)
        }
    }

    /// - Returns: false if S3 refused since the object is there.
    private func unlessExisting(_ work: () async throws(StrataError) -> Void) async throws(StrataError) -> Bool {
        do throws(StrataError) {
            try await work()
            return true
        } catch {
            guard (error.cause as? HTTPStatusFailure)?.status == 412 else { throw error }
            return false
        }
    }

    /// A bucket that is missing is another matter than an object that is.
    func unlessNoSuchKey<Value: Sendable>(
        _ work: () async throws(StrataError) -> Value
    ) async throws(StrataError) -> Value? {
        do throws(StrataError) {
            return try await work()
        } catch {
            guard error.code == .notFound, (error.cause as? HTTPStatusFailure)?.code != "NoSuchBucket" else {
                throw error
            }
            return nil
        }
    }

    var place: StrataError.Place {
        StrataError.Place(region: bucket.region.code, file: "s3://\(bucket.name)", operation: "s3")
    }
}
