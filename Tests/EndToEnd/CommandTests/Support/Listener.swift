import FoundationEssentials
import HTTP
import Testing

/// The listener of `Tests/Servers/listener.py`.
struct Listener: Sendable {
    struct Request: Decodable, Sendable {
        let method: String
        let path: String
        let type: String
        let body: String
    }

    let url: String
    private let http: HTTPClient

    static func run<Value: Sendable>(_ body: @Sendable (Listener) async throws -> Value) async throws -> Value {
        try await Server.run("listener.py") { port in
            try await body(Listener(url: "http://127.0.0.1:\(port)", http: try HTTPClient()))
        }
    }

    func seen() async throws -> [Request] {
        try JSONDecoder().decode(
            [Request].self, from: Data(try await http.send(HTTPRequest(.get, "\(url)/front/seen")).body))
    }

    /// Answers as another part from now on.
    func become(_ part: String, _ other: String) async throws {
        let body = Array(try JSONEncoder().encode(["from": part, "to": other]))
        #expect(try await http.send(HTTPRequest(.post, "\(url)/front/become", body: .bytes(body))).status == 200)
    }
}
