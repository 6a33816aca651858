import Model
import Planning

/// What a run came to: for the closing summary, `--json` and the exit code.
public struct RunReport: Sendable, Codable {
    public struct Published: Sendable, Hashable, Codable {
        public let item: Item
        public let region: Region
        public let version: String
        public let buildNumber: Int
        public let number: Int

        /// `serial` is the name that files and ledgers have for it.
        private enum CodingKeys: String, CodingKey {
            case item, region, version, buildNumber = "serial", number
        }

        public init(item: Item, region: Region, version: String, buildNumber: Int, number: Int) {
            self.item = item
            self.region = region
            self.version = version
            self.buildNumber = buildNumber
            self.number = number
        }
    }
    public struct Failure: Sendable, Hashable, Codable {
        public let item: Item
        public let region: Region?
        public let reason: String
        /// What the reader can do about it.
        public let hint: String?

        public init(item: Item, region: Region?, reason: String, hint: String? = nil) {
            self.item = item
            self.region = region
            self.reason = reason
            self.hint = hint
        }
    }
    public struct Commit: Sendable, Hashable, Codable {
        public let branch: String
        public let commit: String
        public let files: Int
        public let bytes: ByteCount
        /// Files of ours that somebody else had edited: their edits were written over.
        public let overwritten: [String]
    }

    public var plan = Plan()
    /// Builds made, or made again because their bytes were needed.
    public var built = 0
    public var bytesBuilt = ByteCount(0)
    /// Builds whose bytes turned out to be those of an existing build.
    public var unchanged = 0
    public var published: [Published] = []
    /// Adopted from a run that died.
    public var adopted: [Published] = []
    public var deprecated = 0
    /// Releases whose promised time was over.
    public var deleted: [Release] = []
    /// Regions that the next run tries again.
    public var pending: [Failure] = []
    /// Items that cannot be built as they are asked for.
    public var refused: [Failure] = []
    /// Items whose resolving or building failed, and is tried again by the next run.
    public var failed: [Failure] = []
    public var commits: [Commit] = []
    /// Seconds of wall time by stage.
    public var seconds: [String: Double] = [:]

    public init() {}

    public var hasChanged: Bool {
        !published.isEmpty || !adopted.isEmpty || deprecated > 0 || !deleted.isEmpty || !commits.isEmpty
    }

    /// Takes in what was pruned after the run.
    public mutating func add(pruning other: RunReport) {
        deleted += other.deleted
        pending += other.pending
        commits += other.commits
    }

    /// 3 if something is left for the next run. Requirements that cannot be met are no failure of the run: nothing but
    /// their text can mend them.
    public var status: ExitStatus { pending.isEmpty && failed.isEmpty ? .done : .partly }
}

/// Collects what lanes and builds report side by side.
actor Recorder {
    private(set) var report: RunReport
    init(_ report: RunReport = RunReport()) { self.report = report }
    func write(_ change: @Sendable (inout RunReport) -> Void) { change(&report) }
}
