import FoundationEssentials
import HTTP
import Local
import Model
import Testing

/// A fleet on this machine: Strata's own functions behind the emulator of `Tests/Servers/runtime_api.py`, a folder for
/// the bucket, and a workplace whose configuration they run with.
struct Fleet: Sendable {
    static let handlers = ["prepare", "recover", "resolve", "plan", "build", "publish", "commit", "prune", "finish"]

    let place: Workplace
    private let port: Int
    private let client: HTTPClient

    /// Runs the emulator for as long as `body` does.
    static func run(
        _ place: Workplace, _ body: @Sendable (Fleet) async throws -> Void
    ) async throws {
        try await Server.run("runtime_api.py") { port in
            let fleet = Fleet(place: place, port: port, client: try HTTPClient())
            try await fleet.deploy()
            try await body(fleet)
        }
    }

    var bucket: String { "\(place.folder)/bucket" }
    var blobs: FolderBlobs { FolderBlobs(root: bucket) }

    /// Puts the configuration as it is now into the bucket, and makes the functions anew.
    func deploy(environment: [String: String] = [:], timeout: Double = 600) async throws {
        let files = try JSONEncoder().encode(["strata.yaml": place.text("strata.yaml")])
        let name = "config/\(ContentDigest.of(Array(files)).hex).json"
        try await blobs.put(Array(files), as: BlobKey(checking: name), unlessExists: false)
        let variables = Program.environment.merging([
            "STRATA_FLEET_BUCKET": bucket, "STRATA_FLEET_CONFIG": "\(bucket)/\(name)", "STRATA_CACHE": place.cache,
            "TMPDIR": "\(place.folder)/tmp",
        ]) { $1 }.merging(environment) { $1 }
        try FileManager.default.createDirectory(
            atPath: "\(place.folder)/tmp", withIntermediateDirectories: true)
        for handler in Self.handlers {
            struct Function: Encodable {
                let name: String, handler: String, command: [String], environment: [String: String], timeout: Double
            }
            try await control(
                "functions",
                Function(
                    name: handler, handler: handler, command: [try Program.path(), "lambda"], environment: variables,
                    timeout: timeout))
        }
    }

    struct Fault: Encodable, Sendable {
        let fault: String
        var after: Double?
        var seconds: Double?
    }

    /// Says what goes wrong with a handler's next calls.
    func plant(_ faults: [Fault], in handler: String) async throws {
        struct Request: Encodable { let name: String, faults: [Fault] }
        try await control("faults", Request(name: handler, faults: faults))
    }

    func log(_ handler: String) async throws -> String {
        struct Request: Encodable { let name: String }
        struct Log: Decodable { let log: String }
        return try JSONDecoder().decode(Log.self, from: Data(try await control("log", Request(name: handler)))).log
    }

    /// A function's error, as Lambda tells it.
    struct Failure: Error, Decodable, Sendable {
        let errorType: String
        let errorMessage: String
    }

    /// Calls a handler once.
    /// - Throws: `Failure` for an error of the function's, or of Lambda's.
    func call(_ handler: String, _ payload: JSON) async throws -> JSON {
        let answer = try await post(
            "2015-03-31/functions/\(handler)/invocations", Array(try JSONEncoder().encode(payload)))
        let body = Data(answer.body)
        if answer.status != 200 || answer.headers["X-Amz-Function-Error"] != nil {
            throw try JSONDecoder().decode(Failure.self, from: body)
        }
        return try JSONDecoder().decode(JSON.self, from: body)
    }

    @discardableResult
    private func control(_ what: String, _ request: some Encodable) async throws -> [UInt8] {
        let answer = try await post("control/\(what)", Array(try JSONEncoder().encode(request)))
        try #require(answer.status == 200)
        return answer.body
    }

    private func post(_ path: String, _ body: [UInt8]) async throws -> HTTPResponse {
        var request = HTTPRequest(.post, "http://127.0.0.1:\(port)/\(path)", body: .bytes(body))
        request.proxy = .direct
        request.deadlines = Deadlines(stall: .seconds(900), total: nil)
        return try await client.send(request)
    }
}

/// Any JSON.
enum JSON: Codable, Sendable, Hashable {
    case null
    case bool(Bool)
    case number(Int)
    case text(String)
    case list([JSON])
    case object([String: JSON])

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let bool = try? value.decode(Bool.self) {
            self = .bool(bool)
        } else if let number = try? value.decode(Int.self) {
            self = .number(number)
        } else if let text = try? value.decode(String.self) {
            self = .text(text)
        } else if let list = try? value.decode([JSON].self) {
            self = .list(list)
        } else {
            self = .object(try value.decode([String: JSON].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var value = encoder.singleValueContainer()
        switch self {
        case .null: try value.encodeNil()
        case .bool(let bool): try value.encode(bool)
        case .number(let number): try value.encode(number)
        case .text(let text): try value.encode(text)
        case .list(let list): try value.encode(list)
        case .object(let object): try value.encode(object)
        }
    }

    subscript(name: String) -> JSON { if case .object(let object) = self { object[name] ?? .null } else { .null } }
    var list: [JSON] { if case .list(let list) = self { list } else { [] } }
    var text: String? { if case .text(let text) = self { text } else { nil } }
    var number: Int? { if case .number(let number) = self { number } else { nil } }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral
{
    init(stringLiteral text: String) { self = .text(text) }
    init(integerLiteral number: Int) { self = .number(number) }
    init(booleanLiteral bool: Bool) { self = .bool(bool) }
    init(arrayLiteral elements: JSON...) { self = .list(elements) }
    init(dictionaryLiteral elements: (String, JSON)...) {
        self = .object(Dictionary(elements) { first, _ in first })
    }
}
