import Files
import FoundationEssentials
import Model

/// The configuration of a fleet: `strata.yaml` and the files that it refers to, as one object of paths and texts whose
/// name is its own digest.
struct FleetConfiguration {
    private let sha256: ContentDigest
    private let key: BlobKey

    /// - Parameters:
    ///   - address: `s3://BUCKET/config/SHA256.json`, or a path if the bucket is one.
    ///   - bucket: where it must lie: nothing else can tell a function what to do.
    init(_ address: String, in bucket: String) throws(StrataError) {
        let root = bucket.hasPrefix("/") ? bucket : "s3://\(bucket)"
        let rest = address.hasPrefix("\(root)/config/") ? address.dropFirst("\(root)/config/".count) : ""
        guard rest.hasSuffix(".json"), let sha256 = ContentDigest(hex: rest.dropLast(".json".count)) else {
            throw StrataError(
                .configuration, "STRATA_FLEET_CONFIG is '\(address)'; it must be '\(root)/config/SHA256.json'")
        }
        self.sha256 = sha256
        key = try BlobKey(checking: "config/\(rest)")
    }

    /// Writes the files below a folder.
    ///
    /// - Returns: where `strata.yaml` is.
    /// - Throws: `configuration` if there is no such object, or if it is not what its name promises.
    func layOut(from blobs: any BlobStore, in folder: String) async throws -> String {
        guard let bytes = try await blobs.get(key) else {
            throw StrataError(
                .configuration, "the fleet's configuration \(key) is not in its bucket",
                hint: "'strata deploy' puts it there")
        }
        guard ContentDigest.of(bytes) == sha256 else {
            throw StrataError(
                .configuration, "the contents of \(key) do not match the digest in its name",
                hint: "run 'strata deploy' again")
        }
        let files: [String: String]
        do {
            files = try JSONDecoder().decode([String: String].self, from: Data(bytes))
        } catch {
            throw StrataError(.configuration, "\(key) is not a JSON object of paths and texts", cause: error)
        }
        guard files["strata.yaml"] != nil else { throw StrataError(.configuration, "\(key) holds no strata.yaml") }
        let root = "\(folder)/\(sha256.hex)"
        for (path, text) in files { try write(text, to: path, below: root) }
        return "\(root)/strata.yaml"
    }

    private func write(_ text: String, to path: String, below root: String) throws {
        let segments = path.split(separator: "/", omittingEmptySubsequences: false)
        guard segments.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }) else {
            throw StrataError(.configuration, "\(key) holds a file at '\(path)', which is outside of its folder")
        }
        let target = "\(root)/\(path)"
        do {
            try Folder.make(Path.parent(of: target))
            // Whole or not at all: several processes of one machine may lay out the same.
            try AtomicFile.write(text.utf8, to: target)
        } catch {
            throw StrataError(.file, "cannot write \(target)", cause: error)
        }
    }
}
