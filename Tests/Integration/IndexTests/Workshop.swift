import FoundationEssentials
import HTTP
import Model
import Packaging
import Testing

/// A temporary folder with what a resolve needs, removed afterwards.
struct BuildService: Sendable {
    let folder: String
    let client: HTTPClient

    static func run(_ body: @Sendable (BuildService) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "strata-index-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await body(
            BuildService(folder: folder, client: HTTPClient(.init(environment: ProcessInfo.processInfo.environment))))
    }

    var cache: String { "\(folder)/cache" }

    /// Uv is found on PATH or through `STRATA_UV`, like in production.
    func configuration(
        _ index: IndexSettings, now: Timestamp = Timestamp(seconds: 1_800_000_000), minimumAge: Duration = .zero
    ) -> ResolverConfiguration {
        ResolverConfiguration(
            uv: ProcessInfo.processInfo.environment["STRATA_UV"], index: index, minimumAge: minimumAge, now: now,
            cacheDirectory: cache)
    }

    /// - Parameter variables: added to the environment.
    func resolver(_ configuration: ResolverConfiguration, _ variables: [String: String] = [:]) -> Resolver {
        Resolver(
            configuration, client: client,
            environment: ProcessInfo.processInfo.environment.merging(variables) { $1 },
            retry: RetryPolicy(attempts: 3, base: .milliseconds(1), cap: .milliseconds(10)))
    }
}

func request(_ layer: String, _ target: String, _ requirements: String...) throws -> ResolveRequest {
    ResolveRequest(
        item: Item(try #require(LayerName(layer)), try #require(Target(target))),
        requires: try requirements.map { try Requirement(parsing: $0) })
}

extension ResolveOutcome {
    var resolved: ResolvedLock? { if case .locked(let lock) = self { lock } else { nil } }
    var refusal: String? { if case .refused(let reason) = self { reason } else { nil } }
    var failure: String? { if case .failed(let reason) = self { reason } else { nil } }
    /// `name==version` of every wheel.
    var pins: [String]? { resolved?.lock.wheels.map { "\($0.package)==\($0.version)" } }
}

extension BuildService {
    /// One requirement, resolved for Python 3.12.
    func resolve(
        _ requirement: String, from index: IndexSettings, now: Timestamp = Timestamp(seconds: 1_800_000_000),
        minimumAge: Duration = .zero
    ) async throws -> ResolveOutcome {
        let request = try request("layer", "python3.12", requirement)
        let outcomes = await resolver(configuration(index, now: now, minimumAge: minimumAge)).resolve([request])
        return try #require(outcomes[request.item])
    }

    /// Copies a file of the index to a folder.
    func download(_ name: String, of index: LoopbackIndex, to folder: String) async throws {
        let response = try await client.send(HTTPRequest(.get, "http://127.0.0.1:\(index.port)/files/\(name)"))
        try #require(response.status == 200)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data(response.body).write(to: URL(filePath: "\(folder)/\(name)"))
    }

    /// The files of the folder that hold a text, those under a path left out.
    func files(containing text: String, except path: String) throws -> [String] {
        let needle = Array(text.utf8)
        return try FileManager.default.subpathsOfDirectory(atPath: folder).filter { name in
            guard !"/\(name)/".contains(path),
                let data = FileManager.default.contents(atPath: "\(folder)/\(name)")
            else { return false }
            return Array(data).firstRange(of: needle) != nil
        }
    }
}

extension BuildService {
    func cacheOfWheels(
        _ index: IndexSettings = .init(), limit: ByteCount = ByteCount(1_000_000_000)
    ) -> WheelCache {
        WheelCache(
            directory: cache, sizeLimit: limit, client: client, index: index,
            environment: ProcessInfo.processInfo.environment,
            retry: RetryPolicy(attempts: 3, base: .milliseconds(1), cap: .milliseconds(10)))
    }

    /// Files below a folder of the cache, folders left out.
    func names(in part: String, suffix: String) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: "\(cache)/\(part)")
            .filter { $0.contains(".") && $0.hasSuffix(suffix) }
    }

    /// Empties the wheel cache but leaves its folders.
    func removeWheels() throws {
        for name in try names(in: "wheels", suffix: "") {
            try FileManager.default.removeItem(atPath: "\(cache)/wheels/\(name)")
        }
    }

    /// Sets a file's last use back.
    func age(_ path: String, by seconds: Double) throws {
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSinceNow: -seconds)], ofItemAtPath: path)
    }

    /// The number that a file of the folder holds, once it is there.
    func number(in name: String) async throws -> Int32 {
        while true {
            if let data = FileManager.default.contents(atPath: "\(folder)/\(name)"), data.last == UInt8(ascii: "\n"),
                let number = Int32(String(decoding: data.dropLast(), as: UTF8.self))
            {
                return number
            }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    /// Returns when a process is gone, or is a corpse that nobody has fetched yet.
    func waitForEnd(of pid: Int32) async throws {
        while let status = FileManager.default.contents(atPath: "/proc/\(pid)/stat") {
            let state = String(decoding: status, as: UTF8.self).split(separator: ")").last?.first { $0 != " " }
            if state == "Z" || state == "X" { return }
            try await Task.sleep(for: .milliseconds(10))
        }
    }
}

/// An order for a lock, for the layer named `layer`.
func order(_ lock: Lock) -> BuildOrder {
    guard let name = LayerName("layer") else { fatalError("'layer' is a layer's name") }
    return BuildOrder(
        item: Item(name, lock.target), buildNumber: 1, version: "1.0", lock: lock, options: BuildOptions(),
        requirements: [],
        isNew: true)
}
