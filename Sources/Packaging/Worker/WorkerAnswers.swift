import Glibc
import Model
import Wheels

/// Collects a worker's answers to one request and refuses what was not asked for.
///
/// A worker has read what strangers wrote, and may do what they want. Nothing that it says may reach beyond the items
/// that it was asked about.
protocol WorkerAnswers: Sendable {
    /// - Throws: `inconsistent`
    mutating func take(_ answer: WorkerProtocol.Answer) async throws(StrataError)
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
    /// Of each lock that was asked with, the digests that its texts hold.
    private var digests: [ProjectLock: Set<String>] = [:]
    /// The wheels that were built here.
    private let built: Set<LockedWheel>

    init(_ requests: [ResolveRequest], progress: @escaping @Sendable (ResolveProgress) -> Void) {
        self.requests = Dictionary(requests.map { ($0.item, $0) }, uniquingKeysWith: { first, _ in first })
        self.progress = progress
        built = Set(requests.flatMap(\.allBuilt))
    }

    mutating func take(_ answer: WorkerProtocol.Answer) async throws(StrataError) {
        guard case .resolving(let step) = answer else { throw .unbelievable("an answer to another question") }
        switch step {
        case .pages: progress(step)
        case .resolving(let item):
            guard requests[item] != nil else { throw .unbelievable("an item that nobody asked for", item) }
            progress(step)
        case .resolved(let item, let outcome, let isUnchanged):
            guard requests[item] != nil else { throw .unbelievable("an item that nobody asked for", item) }
            guard outcomes[item] == nil else { throw .unbelievable("two answers for one item", item) }
            let checked = try Self.checked(outcome, for: item, isEmpty: requests[item]?.holdsNoPackages == true)
            try check(checked, against: requests[item]?.lock)
            try checkBuilt(checked, item)
            outcomes[item] = checked
            progress(.resolved(item, checked, isUnchanged: isUnchanged))
        }
    }

    func checkComplete() throws(StrataError) {
        if let missing = requests.keys.filter({ outcomes[$0] == nil }).min() {
            throw .unbelievable("it is missing", missing)
        }
    }

    /// A lock is answered with wheels that it names.
    private mutating func check(_ outcome: ResolveOutcome, against lock: ProjectLock?) throws(StrataError) {
        guard let lock, case .locked(let resolved) = outcome else { return }
        let known = digests[lock] ?? lock.digests
        digests[lock] = known
        if let wheel = resolved.lock.wheels.first(where: { !known.contains($0.sha256.hex) }) {
            throw .unbelievable("a wheel that the lock does not name: \(wheel.fileName.printable(100))")
        }
    }

    /// What was built here is known.
    private func checkBuilt(_ outcome: ResolveOutcome, _ item: Item) throws(StrataError) {
        guard case .locked(let resolved) = outcome else { return }
        let wheels = resolved.lock.wheels + (resolved.held ?? [])
        guard wheels.allSatisfy({ $0.built == nil || built.contains($0) }) else {
            throw .unbelievable("a wheel that was not built here", item)
        }
    }

    private static func checked(
        _ outcome: ResolveOutcome, for item: Item, isEmpty: Bool
    ) throws(StrataError) -> ResolveOutcome {
        switch outcome {
        case .refused(let reason): return .refused(reason: reason.printable(2000))
        case .failed(let reason): return .failed(reason: reason.printable(2000))
        case .locked(let resolved):
            let wheels = resolved.lock.wheels
            let held = resolved.held ?? []
            guard resolved.lock.target == item.target, isEmpty ? wheels.isEmpty : (1...2000).contains(wheels.count),
                Set(wheels.map(\.package)).count == wheels.count
            else { throw .unbelievable("a lock for something else", item) }
            for wheel in wheels + held {
                guard let name = WheelFileName(wheel.fileName), name.normalizedName == wheel.package.text,
                    PackageVersion(wheel.version) != nil, wheel.url.isPlainURL, IndexURL(wheel.url).userInfo == nil,
                    ["https://", "http://", "file:///"].contains(where: { wheel.url.hasPrefix($0) }),
                    wheel.size.map({ $0.bytes > 0 }) ?? true
                else { throw .unbelievable("an impossible wheel: \(wheel.fileName.printable(100))", item) }
            }
            let remarks = resolved.remarks.prefix(100).map { $0.printable(1000) }
            guard resolved.young.count <= 10_000, resolved.young.allSatisfy({ PackageVersion($0.version) != nil })
            else {
                throw .unbelievable("impossible young releases", item)
            }
            guard held.count <= 10_000, Set(held.map(\.package)).isDisjoint(with: wheels.map(\.package)) else {
                throw .unbelievable("packages that other layers hold", item)
            }
            return .locked(
                ResolvedLock(lock: resolved.lock, remarks: remarks, young: resolved.young, held: resolved.held))
        }
    }
}

struct BuildAnswers: WorkerAnswers {
    private let orders: [BuildOrder]
    private let items: Set<Item>
    private var answered: Set<Int> = []
    private let folder: String
    private let asImage: Bool
    private let progress: @Sendable (BuildProgress) -> Void
    private let done: @Sendable (BuildOrder, Result<BuildOutcome, StrataError>) async -> Void

    init(
        _ orders: [BuildOrder], folder: String, asImage: Bool,
        progress: @escaping @Sendable (BuildProgress) -> Void,
        done: @escaping @Sendable (BuildOrder, Result<BuildOutcome, StrataError>) async -> Void
    ) {
        self.orders = orders
        items = Set(orders.map(\.item))
        self.folder = folder
        self.asImage = asImage
        self.progress = progress
        self.done = done
    }

    mutating func take(_ answer: WorkerProtocol.Answer) async throws(StrataError) {
        switch answer {
        case .building(let step):
            guard items.contains(step.item) else { throw .unbelievable("an item that nobody asked for", step.item) }
            progress(step)
        case .failed(let index, let failure):
            let order = try order(index)
            await done(order, .failure(failure.printable.error.at(order.item.place)))
        case .built(let index, let outcome):
            let order = try order(index)
            try check(outcome, order)
            await done(order, .success(outcome))
        default: throw .unbelievable("an answer to another question")
        }
    }

    func checkComplete() throws(StrataError) {
        if let missing = orders.indices.first(where: { !answered.contains($0) }) {
            throw .unbelievable("it is missing", orders[missing].item)
        }
    }

    private mutating func order(_ index: Int) throws(StrataError) -> BuildOrder {
        guard orders.indices.contains(index) else { throw .unbelievable("an order that nobody gave") }
        guard answered.insert(index).inserted else {
            throw .unbelievable("two answers for one order", orders[index].item)
        }
        return orders[index]
    }

    /// The zip is where it has to be, and is a file of the size that is claimed; its packages are the lock's.
    private func check(_ outcome: BuildOutcome, _ order: BuildOrder) throws(StrataError) {
        let item = order.item
        guard outcome.item == item, outcome.key == order.key, outcome.path == "\(folder)/\(order.key).zip" else {
            throw .unbelievable("a zip of another name", item)
        }
        var file = stat()
        guard lstat(outcome.path, &file) == 0, file.st_mode & S_IFMT == S_IFREG,
            Int(file.st_size) == outcome.zipped.bytes
        else { throw .unbelievable("a zip that is not there, or of another size", item) }
        guard outcome.unzipped.bytes >= 0, asImage || outcome.unzipped <= Model.LayerLimits.unzipped else {
            throw .unbelievable("an impossible size", item)
        }
        guard asImage == (outcome.image != nil),
            outcome.image?.path ?? order.imagePath(in: folder) == order.imagePath(in: folder)
        else { throw .unbelievable("an image of another name", item) }
        let locked = Set(order.lock.wheels.map { "\($0.package) \($0.version)" })
        guard outcome.packages.count == locked.count,
            Set(outcome.packages.map { "\($0.name) \($0.version)" }) == locked,
            outcome.packages.allSatisfy({ $0.isPrintable(within: order) }),
            outcome.packages.reduce(0, { $0 + ($1.bundled?.count ?? 0) }) <= BundledComponent.most.ofBuild,
            outcome.droppedConflicts.allSatisfy({ $0.isPrintable(4096) }), outcome.findings.count <= 2000,
            outcome.findings.allSatisfy({ finding in
                [finding.message, finding.hint, finding.wheel, finding.waived]
                    .allSatisfy { ($0 ?? "").isPrintable(10_000) }
            })
        else { throw .unbelievable("packages that the lock does not have", item) }
    }
}

struct UnpackAnswers: WorkerAnswers {
    private(set) var modules: [LayerTree.Module] = []
    private let order: UnpackOrder
    private var isAnswered = false

    init(_ order: UnpackOrder) { self.order = order }

    mutating func take(_ answer: WorkerProtocol.Answer) async throws(StrataError) {
        guard !isAnswered else { throw .unbelievable("two answers for one order") }
        isAnswered = true
        switch answer {
        case .failed(0, let failure): throw failure.printable.error
        case .unpacked(let modules):
            guard modules.count <= LayerTree.mostModules,
                modules.allSatisfy({ order.packages.contains($0.package) && Checks.Imports.isModule($0.name) })
            else { throw .unbelievable("impossible modules") }
            self.modules = modules
        default: throw .unbelievable("an answer to another question")
        }
    }

    func checkComplete() throws(StrataError) {
        guard isAnswered else { throw .unbelievable("it is missing") }
    }
}

extension ResolveRequest {
    /// The wheels that were built for it, and for its bases.
    fileprivate var allBuilt: [LockedWheel] { built + bases.flatMap(\.allBuilt) }
}

extension Build.Package {
    /// What strangers wrote can be shown, and is about packages that there are.
    fileprivate func isPrintable(within order: BuildOrder) -> Bool {
        [license, summary, author, homepage].allSatisfy { ($0 ?? "").isPrintable(512) }
            && homepage.flatMap(SafeURL.link) == homepage
            && (requires ?? []).allSatisfy { order.lock.wheel(of: $0) != nil }
            && (bundled ?? []).allSatisfy { component in
                (component.purl ?? "pkg:").hasPrefix("pkg:") && (component.purl ?? "").isPrintable(400)
                    && [component.name, component.version, component.license].allSatisfy { ($0 ?? "").isPrintable(200) }
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

extension ProjectLock {
    /// Whatever could be a SHA-256 in its texts.
    fileprivate var digests: Set<String> {
        var found: Set<String> = []
        for text in texts.values {
            for word in text.utf8.split(whereSeparator: { !$0.isHexDigit }) where word.count == 64 {
                found.insert(String(decoding: word, as: UTF8.self).lowercased())
            }
        }
        return found
    }
}

extension UInt8 {
    fileprivate var isHexDigit: Bool {
        (0x30...0x39).contains(self) || (0x41...0x46).contains(self) || (0x61...0x66).contains(self)
    }
}
