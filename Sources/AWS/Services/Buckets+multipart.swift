import Crypto
import HTTP
import Model
import Tasks

extension Buckets {
    /// The size of a part but the last; S3's least is 5 MiB.
    static let partSize = 16 << 20
    /// What S3 answers to one of two that write the same object at once, if it is to be written only once.
    static let conflict = "ConditionalRequestConflict"

    /// One part of a file with its digest.
    struct Part: Sendable {
        let number: Int
        let payload: Payload
    }

    /// Uploads the parts, a few at a time, and makes them one object; gives up what was uploaded if one fails.
    func putParts(_ parts: [Part], as key: String, in bucket: Bucket) async throws(StrataError) -> Object {
        try object(try await uploadParts(parts, as: key, in: bucket, unlessExists: false), key, bucket)
    }

    /// The same for a bucket that need not keep versions.
    ///
    /// - Throws: `conflict` if the object was there and was to be left.
    func uploadParts(
        _ parts: [Part], as key: String, in bucket: Bucket, unlessExists: Bool
    ) async throws(StrataError) -> HTTPHead {
        let upload = try await begin(key, bucket)
        do throws(StrataError) {
            let tags = try await send(parts, upload, key, bucket)
            return try await complete(tags, parts, upload, key, bucket, unlessExists: unlessExists)
        } catch {
            var abort = call("AbortMultipartUpload", .delete, key, bucket)
            abort.query = [("uploadId", upload)]
            // The parts cost storage until somebody removes them; the failure that led here matters more.
            _ = try? await client.send(abort)
            throw error
        }
    }

    private func begin(_ key: String, _ bucket: Bucket) async throws(StrataError) -> String {
        var call = call("CreateMultipartUpload", .post, key, bucket, action: "s3:PutObject")
        call.query = [("uploads", "")]
        call.headers.append(("x-amz-checksum-algorithm", "SHA256"))
        guard let upload = try await client.sendForXML(call).text("UploadId"), !upload.isEmpty else {
            throw StrataError(.unavailable, "the answer does not name an upload", place: call.place)
        }
        return upload
    }

    private func send(
        _ parts: [Part], _ upload: String, _ key: String, _ bucket: Bucket
    ) async throws(StrataError) -> [Int: String] {
        let tags = try await parts.boundedMap(limit: 4) { part throws(StrataError) in
            try await send(part, upload, key, bucket)
        }
        return Dictionary(zip(parts.map(\.number), tags)) { first, _ in first }
    }

    private func send(_ part: Part, _ upload: String, _ key: String, _ bucket: Bucket) async throws(StrataError)
        -> String
    {
        var call = call("UploadPart", .put, key, bucket, action: "s3:PutObject")
        call.query = [("partNumber", String(part.number)), ("uploadId", upload)]
        call.headers.append(("x-amz-checksum-sha256", part.payload.sha256.base64))
        call.payload = part.payload
        guard let tag = try await client.send(call).headers["ETag"] else {
            throw StrataError(.unavailable, "the answer has no ETag", place: call.place)
        }
        return tag
    }

    private func complete(
        _ tags: [Int: String], _ parts: [Part], _ upload: String, _ key: String, _ bucket: Bucket, unlessExists: Bool
    ) async throws(StrataError) -> HTTPHead {
        var call = call("CompleteMultipartUpload", .post, key, bucket, action: "s3:PutObject")
        call.query = [("uploadId", upload)]
        if unlessExists { call.headers.append(("If-None-Match", "*")) }
        let list = parts.map { part in
            let tag = (tags[part.number] ?? "").replacing("&", with: "&amp;").replacing("<", with: "&lt;")
            return "<Part><PartNumber>\(part.number)</PartNumber><ETag>\(tag)</ETag>"
                + "<ChecksumSHA256>\(part.payload.sha256.base64)</ChecksumSHA256></Part>"
        }
        let namespace = "http://s3.amazonaws.com/doc/2006-03-01/"
        call.payload = Payload(
            Array("<CompleteMultipartUpload xmlns=\"\(namespace)\">\(list.joined())</CompleteMultipartUpload>".utf8))
        // As with copies, the answer may begin with 200 and still say that it failed.
        call.mayFailLate = true
        // Another upload was completed meanwhile: this one cannot be completed any more, only begun anew.
        call.faultsToReturn = [Self.conflict]
        let response = try await client.send(call)
        if AWSFault(response).code == Self.conflict { throw AWSFault(response).error(call, retryAfter: nil) }
        guard let root = try? XMLElement(response.body), root.name == "CompleteMultipartUploadResult" else {
            throw client.malformed(response, call, "no CompleteMultipartUploadResult")
        }
        return response.head
    }
}

extension Buckets {
    /// A zip as the parts of an upload, each with its digest.
    ///
    /// - Throws: `.inconsistent` if the file does not hold what the caller promises.
    static func parts(of file: BlobFile) async throws(StrataError) -> [Part] {
        var whole = SHA256()
        var parts: [Part] = []
        for start in stride(from: 0, to: file.size.bytes, by: partSize) {
            let length = min(partSize, file.size.bytes - start)
            var digest = SHA256()
            try await LayerFile.read(file, from: start, length: length) { piece in
                digest.update(bufferPointer: UnsafeRawBufferPointer(piece))
                whole.update(bufferPointer: UnsafeRawBufferPointer(piece))
            }
            let body = HTTPRequest.Body.file(path: file.path, offset: start, length: length)
            parts.append(
                Part(number: parts.count + 1, payload: Payload(body, sha256: ContentDigest(digest.finalize()))))
        }
        guard ContentDigest(whole.finalize()) == file.sha256 else { throw LayerFile.changed(file) }
        return parts
    }
}
