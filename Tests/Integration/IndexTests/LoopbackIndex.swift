import FoundationEssentials
import HTTP
import Model
import Subprocess
import Testing

/// The index of `Tests/Servers/index.py`, as a test sees it.
struct LoopbackIndex: Sendable {
    let port: Int
    let client: HTTPClient

    /// The address of the simple API.
    var simple: String { "http://127.0.0.1:\(port)/simple/" }

    struct Release: Encodable {
        var version: String
        var requires: [String] = []
        var python: String?
        var tags = ["py3-none-any"]
        var sdist = false
        /// The files of a source distribution that can be opened.
        var sources: [String: String]?
        var yanked = false
        var uploaded: String? = "2024-01-01T00:00:00Z"
        var payload = 0
        var lying_record = false
        var extras: [String] = []
        /// Why it was yanked.
        var because: String?
        /// More files of the wheel, and their texts.
        var files: [String: String] = [:]
        /// Libraries in the wheel.
        var elf: [String: Library] = [:]
    }

    struct Library: Encodable {
        var machine = 62
        var needed: [String] = []
        var runpath: String?
        var symbols: [String] = []
        /// Pairs of a library and of a version that its symbols must have.
        var versions: [[String]] = []
    }

    struct Settings: Encodable {
        var latency = 0.0
        var validators = true
        var format = "json"
        var user: String?
        var cut: [String: Int] = [:]
        var status: [String: [Int]] = [:]
        var corrupt: String?
        var no_ranges = false
        var redirect: [String: String] = [:]
        /// A file that is begun and never ends.
        var stall: String?
    }

    struct Entry: Decodable {
        let path: String
        let status: Int
        let range: String?
        let conditional: Bool
    }

    /// Runs the index for as long as `body` does.
    static func run(
        _ catalogue: [String: [Release]] = [:], _ settings: Settings = Settings(),
        _ body: @Sendable (LoopbackIndex) async throws -> Void
    ) async throws {
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Servers/index.py")
        let result = try await Subprocess.run(
            .name("python3"), arguments: [script.path], input: .inputWriter, output: .sequence, error: .discarded
        ) { execution in
            var lines = execution.standardOutput.strings().makeAsyncIterator()
            let line = try #require(try await lines.next()).trimmingCharacters
            let index = LoopbackIndex(port: try #require(Int(line)), client: try HTTPClient())
            try await index.set(catalogue)
            try await index.set(settings)
            try await body(index)
            try await execution.standardInputWriter.finish()
        }
        #expect(result.terminationStatus.isSuccess)
    }

    func set(_ catalogue: [String: [Release]]) async throws {
        try await put("catalogue", JSONEncoder().encode(catalogue))
    }

    /// Also forgets the log.
    func set(_ settings: Settings) async throws { try await put("settings", JSONEncoder().encode(settings)) }

    /// A file beside the wheels, until the next catalogue.
    /// - Returns: where it is.
    func set(_ name: String, _ bytes: [UInt8]) async throws -> String {
        try await put("file/\(name)", Data(bytes))
        return "http://127.0.0.1:\(port)/files/\(name)"
    }

    /// All requests since the settings were last set.
    func log() async throws -> [Entry] {
        let response = try await client.send(HTTPRequest(.get, "http://127.0.0.1:\(port)/control/log"))
        return try JSONDecoder().decode([Entry].self, from: Data(response.body))
    }

    private func put(_ name: String, _ body: Data) async throws {
        let url = "http://127.0.0.1:\(port)/control/\(name)"
        let response = try await client.send(HTTPRequest(.put, url, body: .bytes(Array(body))))
        try #require(response.status == 200)
    }
}

extension String {
    fileprivate var trimmingCharacters: String { filter { !$0.isWhitespace } }
}
