import Crypto
import Files
import Model

/// The JSON of PublishLayerVersion, the same for every region, with the zip in it or with a place in S3.
/// https://docs.aws.amazon.com/lambda/latest/api/API_PublishLayerVersion.html
enum LayerRequest {
    /// The request with the zip itself, encoded and hashed in one pass over the file.
    ///
    /// - Throws: `.file`, and `.inconsistent` if the file does not hold what the package promises.
    static func inline(_ package: LayerPackage) async throws(StrataError) -> Payload {
        let head = Array(#"{"Content":{"ZipFile":""#.utf8)
        let tail = Array("\"},".utf8) + (try fields(package)) + Array("}".utf8)
        var body: [UInt8] = []
        body.reserveCapacity(head.count + (package.size.bytes + 2) / 3 * 4 + tail.count)
        body += head
        var digest = SHA256()
        try await LayerFile.read(package.file) { piece in
            digest.update(bufferPointer: UnsafeRawBufferPointer(piece))
            Base64.append(piece, to: &body)
        }
        guard ContentDigest(digest.finalize()) == package.sha256 else { throw LayerFile.changed(package.file) }
        body += tail
        return Payload(body)
    }

    /// The request with a version of an S3 object.
    static func staged(_ package: LayerPackage, _ object: Buckets.Object) throws(StrataError) -> Payload {
        struct Place: Encodable {
            let S3Bucket: String
            let S3Key: String
            let S3ObjectVersion: String
        }
        let place = try JSONBytes.of(
            Place(S3Bucket: object.bucket.name, S3Key: object.key, S3ObjectVersion: object.version))
        return Payload(Array("{\"Content\":".utf8) + place + Array(",".utf8) + (try fields(package)) + Array("}".utf8))
    }

    /// The members beside Content, without the braces around them.
    private static func fields(_ package: LayerPackage) throws(StrataError) -> [UInt8] {
        struct Fields: Encodable {
            let CompatibleArchitectures: [String]
            let CompatibleRuntimes: [String]
            let Description: String
            let LicenseInfo: String?
        }
        let object = try JSONBytes.of(
            Fields(
                CompatibleArchitectures: [package.target.architecture.rawValue],
                CompatibleRuntimes: [package.target.runtime], Description: package.description,
                LicenseInfo: package.license))
        return Array(object.dropFirst().dropLast())
    }
}

extension LayerPackage {
    var file: BlobFile { BlobFile(path: path, size: size, sha256: sha256) }
}

/// A layer's zip on disk.
enum LayerFile {
    /// A multiple of 3, so that base64's groups never cross from one piece to the next.
    private static let pieceSize = 3 << 18

    /// Reads a range of the file piece by piece, and lets other tasks run between them.
    static func read(
        _ file: BlobFile, from start: Int = 0, length: Int? = nil,
        _ take: (UnsafeBufferPointer<UInt8>) -> Void
    ) async throws(StrataError) {
        let open = try OpenFile(file.path)
        var buffer = [UInt8](repeating: 0, count: pieceSize)
        let end = min(file.size.bytes, start + (length ?? file.size.bytes))
        for offset in stride(from: start, to: end, by: pieceSize) {
            let wanted = min(pieceSize, end - offset)
            let count = try buffer.withUnsafeMutableBufferPointer { bytes throws(StrataError) in
                let piece = UnsafeMutableBufferPointer(rebasing: bytes[..<wanted])
                return try open.read(into: UnsafeMutableRawBufferPointer(piece), at: offset)
            }
            guard count == wanted else { throw changed(file) }
            buffer.withUnsafeBufferPointer { take(UnsafeBufferPointer(rebasing: $0[..<count])) }
            await Task.yield()
        }
        guard try open.status().size == file.size.bytes else { throw changed(file) }
    }

    static func changed(_ file: BlobFile) -> StrataError {
        StrataError(
            .inconsistent, "the layer's zip is not what was built",
            hint: "run again: it is built anew", place: StrataError.Place(file: file.path))
    }
}
