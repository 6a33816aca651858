import FoundationEssentials
import Model
import Planning
import Publishing

/// What the handlers of a run leave for each other in the bucket, under `runs/RUN/`.
struct RunFiles: Sendable {
    let run: String
    private let blobs: any BlobStore

    /// - Throws: `invalidRequest` if the run's name cannot be a part of a key.
    init(_ run: String, _ blobs: any BlobStore) throws(StrataError) {
        guard BlobKey(run) != nil, !run.contains("/") else {
            throw StrataError(.invalidRequest, "'\(run)' cannot name a run: letters, digits, '.', '_' and '-'")
        }
        self.run = run
        self.blobs = blobs
    }

    func key(_ name: String) throws(StrataError) -> BlobKey { try BlobKey(checking: "runs/\(run)/\(name)") }

    @discardableResult
    func write(_ value: some Encodable, as name: String) async throws -> BlobKey {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let key = try key(name)
        try await blobs.put(Array(encoder.encode(value)), as: key, unlessExists: false)
        return key
    }

    /// - Returns: nil if there is no such file.
    func find<Value: Decodable>(_ name: String, as type: Value.Type = Value.self) async throws -> Value? {
        let key = try key(name)
        guard let bytes = try await blobs.get(key) else { return nil }
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch {
            throw StrataError(.inconsistent, "\(key) does not hold what this Strata writes there", cause: error)
        }
    }

    /// - Throws: `inconsistent` if there is no such file.
    func read<Value: Decodable>(_ name: String, as type: Value.Type = Value.self) async throws -> Value {
        guard let value = try await find(name, as: type) else {
            throw StrataError(
                .inconsistent, "\(try key(name)) is missing", hint: "an earlier step of the run has not written it")
        }
        return value
    }
}

/// `run.json`: what the steps after `prepare` must know of how the execution was started.
struct RunRecord: Sendable, Codable {
    var v = PayloadVersion()
    let allowances: Allowances
    let only: [LayerName]
    let batches: Int
}

/// `failed/…`: why an item could not be built.
struct BuildFailure: Sendable, Codable {
    var v = PayloadVersion()
    let failure: RunReport.Failure
    /// True if nothing but the maintainer can make it build.
    let isRefusal: Bool
}

extension RunFiles {
    /// Where it is told why an item could not be built.
    static func failure(_ item: Item) -> String { "failed/\(item.layer).\(item.target).json" }
    /// Why an item is not published in a region yet.
    static func pending(_ item: Item, _ region: Region) -> String {
        "pending/\(item.layer).\(item.target).\(region.code).json"
    }

    /// The names of the files that begin with a text.
    func list(_ prefix: String) async throws -> [String] {
        let root = "runs/\(run)/"
        var names: [String] = []
        var last: BlobKey?
        while true {
            let page = try await blobs.list(root + prefix, after: last, limit: 1000)
            names += page.map { String($0.key.description.dropFirst(root.count)) }
            guard page.count == 1000 else { return names }
            last = page.last?.key
        }
    }
}
