import Contracts
import Foundation
import HTTP
import Model
import Testing

/// `Tests/Servers/runtime_api.py` in a child process that ends when this does.
final class Emulator: Sendable {
    private let server: PythonServer
    private let client: HTTPClient

    init() throws {
        server = try PythonServer("runtime_api.py")
        client = try HTTPClient()
    }

    var port: Int { server.port }

    /// What Lambda's Invoke would answer.
    struct Answer: Sendable {
        let status: Int
        /// `Unhandled` for an error of the function.
        let error: String?
        let body: [UInt8]

        var text: String { String(decoding: body, as: UTF8.self) }
        var failure: Failure? { try? JSONDecoder().decode(Failure.self, from: Data(body)) }
    }

    struct Failure: Decodable, Sendable {
        let errorType: String
        let errorMessage: String
        let stackTrace: [String]?
    }

    /// Makes a function of the worker.
    func function(
        _ name: String, handler: String = "echo", timeout: Double = 300, concurrency: Int = 4
    ) async throws {
        try await control(
            "functions",
            [
                "name": name, "command": [try Self.worker()], "handler": handler, "timeout": timeout,
                "concurrency": concurrency,
            ])
    }

    /// Tells the function's next call that it has so many seconds.
    func hurry(_ name: String, seconds: Double) async throws {
        try await control("faults", ["name": name, "faults": [["fault": "hurry", "seconds": seconds]]])
    }

    func invoke(_ name: String, _ payload: String) async throws -> Answer {
        var request = HTTPRequest(
            .post, "http://127.0.0.1:\(port)/2015-03-31/functions/\(name)/invocations",
            body: .bytes(Array(payload.utf8)), sink: .memory(limit: .mebibytes(16)))
        request.proxy = .direct
        request.deadlines = Deadlines(stall: .seconds(600), total: nil)
        let answer = try await client.send(request)
        return Answer(status: answer.status, error: answer.headers["X-Amz-Function-Error"], body: answer.body)
    }

    @discardableResult
    func control(_ what: String, _ request: [String: Any]) async throws -> [String: Any] {
        var post = HTTPRequest(
            .post, "http://127.0.0.1:\(port)/control/\(what)",
            body: .bytes(Array(try JSONSerialization.data(withJSONObject: request))))
        post.proxy = .direct
        post.deadlines = Deadlines(stall: .seconds(600), total: nil)
        let answer = try await client.send(post)
        try #require(answer.status == 200)
        return try #require(try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any])
    }

    /// What a function's processes wrote, line by line.
    func log(_ name: String) async throws -> [[String: Any]] {
        let text = try #require(try await control("log", ["name": name])["log"] as? String)
        return try text.split(separator: "\n").map { line in
            try #require(
                try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], "no JSON: \(line)")
        }
    }

    func count(_ what: String, of name: String) async throws -> Int {
        try await control("counts", ["name": name])[what] as? Int ?? 0
    }

    /// The executable beside the tests' own.
    static func worker() throws -> String {
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return own[..<(try #require(own.lastIndex(of: "/")))] + "/runtime-worker"
    }

    static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..").standardized
        .path(percentEncoded: false).trimmingSuffix("/")
}

extension String {
    fileprivate func trimmingSuffix(_ suffix: Character) -> String {
        last == suffix ? String(dropLast()) : self
    }
}
