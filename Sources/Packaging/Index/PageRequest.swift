import HTTP
import Model
import Synchronization

/// Asks the indexes, in uv's order and by its rule, for one package: the first index that has it is the one.
struct PageRequest: Sendable {
    let indexes: [IndexURL]
    let links: [String]
    let access: IndexAccess
    let store: PageStore
    private let health = IndexHealth()

    init(indexes: [IndexURL], links: [String], access: IndexAccess, store: PageStore) {
        self.indexes = indexes
        self.links = links
        self.access = access
        self.store = store
    }

    private static let accept =
        "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"

    /// Never throws: a page that cannot be had is an answer too.
    func answer(
        for package: PackageName, flat: Result<[IndexFile], StrataError>
    ) async -> ProjectIndex.Answer {
        do throws(StrataError) {
            let local = try flat.get().filter { $0.version(of: package) != nil }
            // All that decides which files a resolve sees, line by line.
            var lines = local.isEmpty ? [] : ["links \(ProjectPage(files: local).digest)"]
            var record: PageRecord?
            for index in indexes {
                record = try await page(index.page(of: package))
                if let record {
                    health.served(index)
                    lines.append("page \(index.address) \(record.pageDigest)")
                    break
                }
                lines.append("absent \(index.address)")
            }
            let digest = ContentDigest.of(lines.joined(separator: "\n"))
            guard record != nil || !local.isEmpty else {
                try await checkIndexes()
                return .missing(digest)
            }
            return .found(digest, .init(flat: local, record: record))
        } catch {
            return .failed(error)
        }
    }

    /// No index has a package. An index that has had none in this run, and that is not there itself, is what is wrong.
    /// - Throws: `notFound`; what asking throws.
    private func checkIndexes() async throws(StrataError) {
        for index in indexes where !health.hasServed(index) {
            if let known = health.verdict(on: index) {
                try known.get()
                continue
            }
            let status = try await access.status(of: index.address)
            let verdict: Result<Void, StrataError> =
                [404, 410].contains(status)
                ? .failure(
                    StrataError(
                        .notFound, "there is no index at '\(HTTPRequest.redacted(index.address))' (\(status))",
                        hint:
                            "check 'index: url' and UV_DEFAULT_INDEX: the address of a simple API often ends with /simple/"
                    ))
                : .success(())
            health.judged(index, verdict)
            try verdict.get()
        }
    }

    /// The files of all flat folders and pages.
    func flatFiles() async -> Result<[IndexFile], StrataError> {
        do throws(StrataError) {
            var files: [IndexFile] = []
            for link in links {
                if link.hasPrefix("http://") || link.hasPrefix("https://") {
                    let address = IndexURL(link).address
                    let response = try await access.page(address, accept: "text/html", validators: nil)
                    try IndexAccess.check(response.head, of: address)
                    files += ProjectPage(html: response.body, at: address).files
                } else {
                    files += try FlatFolder.files(in: link)
                }
            }
            return .success(files)
        } catch {
            return .failure(error)
        }
    }

    /// What the page is now; nil if the index has none.
    private func page(_ url: String) async throws(StrataError) -> PageRecord? {
        let known = store.record(of: url)
        let response = try await access.page(url, accept: Self.accept, validators: known)
        switch response.status {
        case 404, 410: return nil
        case 304:
            guard let known else {
                throw StrataError(.unavailable, "the index answered 304 to an unconditional request")
            }
            return known
        default: break
        }
        let bodyDigest = ContentDigest.of(response.body)
        // The same bytes need not be read again.
        let page = known?.bodyDigest == bodyDigest ? nil : try Self.parse(response, url)
        let record = PageRecord(
            url: url, entityTag: response.headers["ETag"], lastModified: response.headers["Last-Modified"],
            bodyDigest: bodyDigest, pageDigest: page?.digest ?? known?.pageDigest ?? bodyDigest)
        if record != known { try store.keep(record, page) }
        return record
    }

    private static func parse(_ response: HTTPResponse, _ url: String) throws(StrataError) -> ProjectPage {
        let type = response.headers["Content-Type"]?.lowercased() ?? ""
        let isJSON = type.contains("json") || response.body.first { $0 > 0x20 } == UInt8(ascii: "{")
        guard isJSON else { return ProjectPage(html: response.body, at: url) }
        do {
            return try ProjectPage(json: response.body, at: url)
        } catch {
            throw StrataError.wrapping(error, .unavailable, "the index's answer is not a project page")
        }
    }
}

/// Which indexes have had a page in this run, and which of the others are there at all.
private final class IndexHealth: Sendable {
    private struct State {
        var served: Set<IndexURL> = []
        var verdicts: [IndexURL: Result<Void, StrataError>] = [:]
    }
    private let state = Mutex(State())

    func served(_ index: IndexURL) { state.withLock { _ = $0.served.insert(index) } }
    func hasServed(_ index: IndexURL) -> Bool { state.withLock { $0.served.contains(index) } }
    func verdict(on index: IndexURL) -> Result<Void, StrataError>? { state.withLock { $0.verdicts[index] } }
    func judged(_ index: IndexURL, _ verdict: Result<Void, StrataError>) {
        state.withLock { $0.verdicts[index] = verdict }
    }
}

/// Counts what is done, from several tasks.
final class Counter: Sendable {
    private let count = Atomic(0)
    func next() -> Int { count.add(1, ordering: .relaxed).newValue }
}
