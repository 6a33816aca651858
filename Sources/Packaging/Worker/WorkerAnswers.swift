import Glibc
import Model
import Wheels

/// Collects a worker's answers to one request and refuses what was not asked for.
///
/// A worker has read what strangers wrote, and may do what they want. Nothing that it says may reach beyond the items
/// that it was asked about.
protocol WorkerAnswers: Sendable {
    /// - Throws: `inconsistent`
    mutating func take(_ answer: WorkerProtocol.Answer) throws(StrataError)
    /// - Throws: `inconsistent` if an item has no answer.
    func checkComplete() throws(StrataError)
}

extension StrataError {
    fileprivate static func unbelievable(_ why: String, _ item: Item? = nil) -> StrataError {
        StrataError(.inconsistent, "the worker's answer is refused: \(why)", place: item?.place ?? Place())
    }
}

struct ResolveAnswers: WorkerAnswers {
    private(set) var outcomes: [Item: ResolveOutcome] = [:]
    private let requests: [Item: ResolveRequest]
    private let progress: @Sendable (ResolveProgress) -> Void

    init(_ requests: [ResolveRequest], progress: @escaping @Sendable (ResolveProgress) -> Void) {
        self.requests = Dictionary(requests.map { ($0.item, $0) }, uniquingKeysWith: { first, _ in first })
        self.progress = progress
    }

    mutating func take(_ answer: WorkerProtocol.Answer) throws(StrataError) {
        switch answer {
        case .resolving(let step):
            if let item = step.item, requests[item] == nil {
                throw .unbelievable("an item that nobody asked for", item)
            }
            progress(step)
        case .resolved(let item, let outcome):
            guard requests[item] != nil else { throw .unbelievable("an item that nobody asked for", item) }
            guard outcomes[item] == nil else { throw .unbelievable("two answers for one item", item) }
            outcomes[item] = try Self.checked(outcome, for: item)
        default: throw .unbelievable("an answer to another question")
        }
    }

    func checkComplete() throws(StrataError) {
        if let missing = requests.keys.filter({ outcomes[$0] == nil }).min() {
            throw .unbelievable("there is none", missing)
        }
    }

    private static func checked(_ outcome: ResolveOutcome, for item: Item) throws(StrataError) -> ResolveOutcome {
        switch outcome {
        case .refused(let reason): return .refused(reason: reason.printable(2000))
        case .failed(let reason): return .failed(reason: reason.printable(2000))
        case .locked(let resolved):
            let wheels = resolved.lock.wheels
            guard resolved.lock.target == item.target, (1...2000).contains(wheels.count),
                Set(wheels.map(\.package)).count == wheels.count
            else { throw .unbelievable("a lock for something else", item) }
            for wheel in wheels {
                guard let name = WheelFileName(wheel.fileName), name.normalizedName == wheel.package.text,
                    PackageVersion(wheel.version) != nil, wheel.url.isPlainURL, IndexURL(wheel.url).userInfo == nil,
                    ["https://", "http://", "file:///"].contains(where: { wheel.url.hasPrefix($0) }),
                    wheel.size.map({ $0.bytes > 0 }) ?? true
                else { throw .unbelievable("a wheel that cannot be: \(wheel.fileName.printable(100))", item) }
            }
            let remarks = resolved.remarks.prefix(100).map { $0.printable(1000) }
            guard resolved.young.count <= 10_000, resolved.young.allSatisfy({ PackageVersion($0.version) != nil })
            else {
                throw .unbelievable("young releases that cannot be", item)
            }
            return .locked(ResolvedLock(lock: resolved.lock, remarks: remarks, young: resolved.young))
        }
    }
}

struct BuildAnswers: WorkerAnswers {
    private(set) var outcomes: [Item: Result<BuildOutcome, StrataError>] = [:]
    private let requests: [Item: BuildRequest]
    private let folder: String
    private let progress: @Sendable (BuildProgress) -> Void
    private let built: @Sendable (Item, Result<BuildOutcome, StrataError>) -> Void

    init(
        _ requests: [BuildRequest], folder: String, progress: @escaping @Sendable (BuildProgress) -> Void,
        built: @escaping @Sendable (Item, Result<BuildOutcome, StrataError>) -> Void = { _, _ in }
    ) {
        self.requests = Dictionary(requests.map { ($0.item, $0) }, uniquingKeysWith: { first, _ in first })
        self.folder = folder
        self.progress = progress
        self.built = built
    }

    mutating func take(_ answer: WorkerProtocol.Answer) throws(StrataError) {
        switch answer {
        case .building(let step):
            guard requests[step.item] != nil else { throw .unbelievable("an item that nobody asked for", step.item) }
            progress(step)
        case .failed(let item, let failure):
            _ = try request(item)
            keep(item, .failure(failure.printable.error.at(item.place)))
        case .built(let outcome):
            let request = try request(outcome.item)
            try check(outcome, request)
            keep(outcome.item, .success(outcome))
        default: throw .unbelievable("an answer to another question")
        }
    }

    func checkComplete() throws(StrataError) {
        if let missing = requests.keys.filter({ outcomes[$0] == nil }).min() {
            throw .unbelievable("there is none", missing)
        }
    }

    private mutating func keep(_ item: Item, _ result: Result<BuildOutcome, StrataError>) {
        outcomes[item] = result
        built(item, result)
    }

    private func request(_ item: Item) throws(StrataError) -> BuildRequest {
        guard let request = requests[item] else { throw .unbelievable("an item that nobody asked for", item) }
        guard outcomes[item] == nil else { throw .unbelievable("two answers for one item", item) }
        return request
    }

    /// The zip is where it has to be, and is a file of the size that is claimed; its packages are the lock's.
    private func check(_ outcome: BuildOutcome, _ request: BuildRequest) throws(StrataError) {
        let item = request.item
        guard outcome.key == request.key, outcome.path == "\(folder)/\(request.key).zip" else {
            throw .unbelievable("a zip of another name", item)
        }
        var file = stat()
        guard lstat(outcome.path, &file) == 0, file.st_mode & S_IFMT == S_IFREG,
            Int(file.st_size) == outcome.zipped.bytes
        else { throw .unbelievable("a zip that is not there, or of another size", item) }
        guard outcome.unzipped.bytes >= 0, outcome.unzipped <= Model.LayerLimits.unzipped else {
            throw .unbelievable("a size that cannot be", item)
        }
        let locked = Set(request.lock.wheels.map { "\($0.package) \($0.version)" })
        guard outcome.packages.count == locked.count,
            Set(outcome.packages.map { "\($0.name) \($0.version)" }) == locked,
            outcome.packages.allSatisfy({ package in
                [package.license, package.summary].allSatisfy { ($0 ?? "").isPrintable(512) }
            }),
            outcome.droppedConflicts.allSatisfy({ $0.isPrintable(4096) })
        else { throw .unbelievable("packages that the lock does not have", item) }
    }
}

extension ResolveProgress {
    fileprivate var item: Item? {
        switch self {
        case .pages: nil
        case .unchanged(let item), .resolving(let item), .resolved(let item): item
        }
    }
}

extension BuildProgress {
    fileprivate var item: Item {
        switch self {
        case .fetched(let item, _, _), .splicing(let item): item
        }
    }
}
