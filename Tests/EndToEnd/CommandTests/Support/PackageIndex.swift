import FoundationEssentials
import HTTP
import Testing

/// The index of `Tests/Servers/index.py`, with small wheels made for a test.
struct PackageIndex: Sendable {
    /// The address of the simple API.
    let simple: String
    private let control: String
    private let client: HTTPClient

    struct Release: Encodable, Sendable {
        var version = "1.0"
        var requires: [String] = []
        var tags = ["py3-none-any"]
        var sdist = false
        var uploaded = "2024-01-01T00:00:00Z"
        /// Bytes that no compression makes smaller.
        var payload = 0
        var lying_record = false
        /// More files of the wheel, and their texts.
        var files: [String: String] = [:]
        /// An SPDX expression; nil for MIT in the older field, empty for none.
        var license: String?
        /// What its metadata names as its homepage.
        var homepage: String?
    }

    /// Runs the index for as long as `body` does.
    static func run<Value: Sendable>(
        _ catalogue: [String: [Release]], _ body: @Sendable (PackageIndex) async throws -> Value
    ) async throws -> Value {
        try await Server.run("index.py") { port in
            let index = PackageIndex(
                simple: "http://127.0.0.1:\(port)/simple/", control: "http://127.0.0.1:\(port)/control/",
                client: try HTTPClient())
            try await index.set(catalogue)
            return try await body(index)
        }
    }

    func set(_ catalogue: [String: [Release]]) async throws {
        let body = try JSONEncoder().encode(catalogue)
        let response = try await client.send(HTTPRequest(.put, "\(control)catalogue", body: .bytes(Array(body))))
        try #require(response.status == 200)
    }
}
