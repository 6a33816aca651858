import Files
import FoundationEssentials
import Glibc
import HTTP
import Model
import Wheels

/// How packages are looked up. A value, so that it can be handed to a worker.
public struct AuditConfiguration: Sendable, Hashable, Codable {
    /// The URL or the path of the database's zip.
    public var database: String
    /// How many seconds old a copy may be.
    public var refresh: Int
    /// Copies and answers are kept in it.
    public var cacheDirectory: String
    public var now: Timestamp

    public init(database: String, refresh: Duration, cacheDirectory: String, now: Timestamp) {
        self.database = database
        self.refresh = Int(refresh.components.seconds)
        self.cacheDirectory = cacheDirectory
        self.now = now
    }

    /// Its path, if it is a file of this machine.
    var path: String? {
        database.hasPrefix("file://")
            ? String(database.dropFirst("file://".count)) : database.contains("://") ? nil : database
    }
}

/// The copy of a database of advisories, fetched anew when it is old and has changed.
struct AdvisoryDatabase {
    let configuration: AuditConfiguration
    let client: HTTPClient

    /// The public one has some 20 MB.
    private static let largest = ByteCount(1_000_000_000)

    /// What a copy is of.
    private struct Record: Codable, Equatable {
        var url: String
        var entityTag: String?
        var lastModified: String?
        var sha256: ContentDigest
        /// When its server was last asked.
        var asked: Timestamp
    }

    /// What the answer to a question was, by the database's digest.
    private struct Answer: Codable {
        let sha256: ContentDigest
        let report: AdvisoryReport
    }

    private var folder: String { "\(configuration.cacheDirectory)/advisories" }
    private var base: String { "\(folder)/\(ContentDigest.of(configuration.database).hex.prefix(40))" }

    /// What the database says of packages.
    /// - Throws: what reaching it comes to, if there is no copy either; `inconsistent` if it cannot be read.
    func report(on packages: [PinnedPackage]) async throws(StrataError) -> AdvisoryReport {
        let (path, sha256, warnings) = try await copy()
        let question = ContentDigest.of("3 " + packages.map(\.description).joined(separator: " ")).hex.prefix(40)
        let place = "\(folder)/\(question).answer.json"
        if let answer = SmallFile.read(Answer.self, at: place), answer.sha256 == sha256 {
            return AdvisoryReport(advisories: answer.report.advisories, warnings: warnings + answer.report.warnings)
        }
        let search = AdvisorySearch(packages)
        do {
            let (found, unread) = try await offPool { try search.run(onZipAt: path, $0) }
            let report = AdvisoryReport(
                advisories: found,
                warnings: unread == 0 ? [] : ["\(unread) advisories of \(shown) cannot be read and are not counted"])
            try SmallFile.write(Answer(sha256: sha256, report: report), at: place)
            return AdvisoryReport(advisories: found, warnings: warnings + report.warnings)
        } catch {
            if configuration.path == nil { unlink("\(base).json") }
            throw StrataError(
                .inconsistent, "\(shown) is not a zip of advisories as OSV publishes them", cause: error)
        }
    }

    private var shown: String { HTTPRequest.redacted(configuration.database) }

    private func copy() async throws(StrataError) -> (path: String, sha256: ContentDigest, warnings: [String]) {
        if let path = configuration.path { return (path, try Self.digest(of: path), []) }
        let place = "\(base).zip"
        let known = SmallFile.read(Record.self, at: "\(base).json")
            .flatMap { $0.url == configuration.database && access(place, R_OK) == 0 ? $0 : nil }
        let age = known.map { configuration.now.seconds - $0.asked.seconds }
        if let known, let age, (0..<configuration.refresh).contains(age) { return (place, known.sha256, []) }
        do throws(StrataError) {
            let record = try await fetch(known, to: place)
            try SmallFile.write(record, at: "\(base).json")
            return (place, record.sha256, [])
        } catch {
            guard let known else { throw error }
            return (
                place, known.sha256,
                ["\(shown) cannot be reached (\(error.message)): its copy of \(known.asked.date) is used"]
            )
        }
    }

    private func fetch(_ known: Record?, to place: String) async throws(StrataError) -> Record {
        try Folder.make(folder, mode: 0o777)
        let part = try await PartFile.open("\(base).part")
        defer { part.remove() }
        var record = Record(url: configuration.database, sha256: ContentDigest.of(""), asked: configuration.now)
        let response = try await ask(known, into: part)
        if response.status == 304, var known {
            known.asked = configuration.now
            return known
        }
        record.entityTag = response.headers["ETag"]
        record.lastModified = response.headers["Last-Modified"]
        record.sha256 = part.digest
        try part.finish(as: place)
        return record
    }

    /// Fills the part file, unless the server says that nothing has changed.
    private func ask(_ known: Record?, into part: PartFile) async throws(StrataError) -> HTTPResponse {
        var request = HTTPRequest(.get, configuration.database, operation: "advisories")
        request.redirects = .followed(limit: 5)
        request.deadlines.total = nil
        if let tag = known?.entityTag { request.headers["If-None-Match"] = tag }
        if let date = known?.lastModified { request.headers["If-Modified-Since"] = date }
        request.sink = .stream(
            HTTPStream(limit: Self.largest) { _ throws(StrataError) in
                try part.restart()
            } receive: { bytes throws(StrataError) in
                try part.append(bytes)
            })
        let url = configuration.database
        let retrying = Retrying(RetryPolicy(attempts: 3))
        return try await retrying { [request, client] _ throws(StrataError) in
            let response = try await client.send(request)
            try IndexAccess.check(response.head, of: url, also: [304])
            return response
        }
    }

    private static func digest(of path: String) throws(StrataError) -> ContentDigest {
        do {
            let file = try OpenFile(path).status()
            // A file that is replaced is another; reading it all each time would take longer than the search.
            return ContentDigest.of("\(path) \(file.size) \(file.changed)")
        } catch {
            throw StrataError(.notFound, "the database of advisories \(path) cannot be read", cause: error)
        }
    }
}
