import Crypto
import HTTP
import Model
import Synchronization

/// Hashes a layer's bytes as they arrive: nothing is kept.
public struct LayerDownload: Sendable {
    private let client: HTTPClient

    public init(_ client: HTTPClient) { self.client = client }

    /// - Throws: `unavailable` if the address does not answer with so many bytes, and what the transport throws.
    public func digest(of served: LayerVerifier.Served) async throws -> ContentDigest {
        let hash = Mutex(SHA256())
        let counted = Mutex(0)
        let request = HTTPRequest(
            .get, served.location,
            sink: .stream(
                HTTPStream(limit: served.size) { bytes throws(StrataError) in
                    hash.withLock { $0.update(bufferPointer: bytes) }
                    counted.withLock { $0 += bytes.count }
                }), operation: "lambda:GetLayerVersion")
        let response = try await client.send(request)
        guard response.status == 200, counted.withLock({ $0 }) == served.size.bytes else {
            throw StrataError(
                .unavailable,
                "the layer could not be downloaded: the answer was \(response.status), with "
                    + "\(counted.withLock { $0 }) of \(served.size.bytes) bytes")
        }
        return hash.withLock { ContentDigest($0.finalize()) }
    }
}
