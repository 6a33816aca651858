import FoundationEssentials
import Model

/// How requirements are resolved. A value, so that it can be handed to a child process.
public struct ResolverConfiguration: Sendable, Hashable, Codable {
    /// Uv's program; searched on `PATH` if nil.
    public var uv: String?
    /// Any Python 3 interpreter: uv wants one, the target's need not be installed. Searched on `PATH` if nil.
    public var python: String?
    public var index: IndexSettings
    /// Releases younger than this are not picked.
    public var minimumAge: Duration
    public var now: Timestamp
    /// Where uv's cache, the pages' digests and the last locks are kept.
    public var cacheDirectory: String
    /// How many resolves, and how many pages, are under way at once.
    public var parallelism: Int
    /// An unchanged index is trusted for this long; then everything is resolved again.
    public var refreshEvery: Duration
    /// How long one resolve may take.
    public var deadline: Duration

    /// - Parameter parallelism: twice the cores if nil.
    public init(
        uv: String? = nil, python: String? = nil, index: IndexSettings = IndexSettings(),
        minimumAge: Duration = .zero, now: Timestamp, cacheDirectory: String, parallelism: Int? = nil,
        refreshEvery: Duration = .seconds(7 * 86_400), deadline: Duration = .seconds(300)
    ) {
        self.uv = uv
        self.python = python
        self.index = index
        self.minimumAge = minimumAge
        self.now = now
        self.cacheDirectory = cacheDirectory
        self.parallelism = max(1, parallelism ?? ProcessInfo.processInfo.activeProcessorCount * 2)
        self.refreshEvery = refreshEvery
        self.deadline = deadline
    }
}

/// How far a resolve has come.
public enum ResolveProgress: Sendable, Hashable, Codable {
    /// So many of the project pages have been asked for.
    case pages(done: Int, of: Int)
    /// The item is resolved anew.
    case resolving(Item)
    /// The item's outcome; unchanged if nothing has changed since its last resolve.
    case resolved(Item, ResolveOutcome, isUnchanged: Bool)

    var item: Item? {
        switch self {
        case .pages: nil
        case .resolving(let item), .resolved(let item, _, _): item
        }
    }
}
