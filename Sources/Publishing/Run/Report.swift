import Model
import Planning

/// What a run came to: a fold over its events. The summary, `--json`, the commit message, the fleet's report and the
/// exit code all say what stands here.
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
    /// A release that was marked as not to be used.
    public struct Yanked: Sendable, Hashable, Codable {
        public let item: Item
        public let region: Region
        public let buildNumber: Int
        public let reason: String

        private enum CodingKeys: String, CodingKey {
            case item, region, buildNumber = "serial", reason
        }
    }
    /// An advisory about what is published, which no run has told before.
    public struct Advised: Sendable, Hashable, Codable {
        public let item: Item
        public let buildNumber: Int
        public let text: String

        private enum CodingKeys: String, CodingKey {
            case item, buildNumber = "serial", text
        }

        public init(item: Item, buildNumber: Int, text: String) {
            self.item = item
            self.buildNumber = buildNumber
            self.text = text
        }

        /// In a line.
        public var line: String { "\(item), build \(buildNumber): \(text)" }
    }
    public struct Commit: Sendable, Hashable, Codable {
        public let branch: String
        public let commit: String
        public let files: Int
        public let bytes: ByteCount
        /// Files of ours that somebody else had edited: their edits were written over.
        public let overwritten: [String]
    }

    /// Where the site could not be put.
    public struct PlaceBehind: Sendable, Hashable, Codable {
        public let place: String
        public let reason: String
        /// What the reader can do about it.
        public let hint: String?
    }

    /// What is published and not on the main branch yet, since people have to merge it.
    public struct Proposal: Sendable, Hashable, Codable {
        /// The branch that holds it.
        public let branch: String
        /// Nil if none is known to be open.
        public let request: MergeRequest?
        /// Why the request is not as it should be, which the next run tries again; nil if it is.
        public let trouble: String?
        /// What the reader can do about it.
        public let hint: String?
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
    /// Releases that others may read now than could before.
    public var permitted: [PermitAction] = []
    /// Releases whose promised time was over.
    public var deleted: [Release] = []
    /// Regions that the next run tries again.
    public var pending: [Failure] = []
    /// Items that cannot be built as they are asked for.
    public var refused: [Failure] = []
    /// Items whose resolving or building failed, and is tried again by the next run.
    public var failed: [Failure] = []
    public var commits: [Commit] = []
    /// Places of the site that the next run tries again.
    public var sitesBehind: [PlaceBehind] = []
    /// At most one: what the last commit step left for people to merge.
    public var proposals: [Proposal] = []
    public var yanked: [Yanked] = []
    public var advisories: [Advised] = []
    /// Seconds of wall time by stage.
    public var seconds: [String: Double] = [:]

    public init() {}

    public var hasChanged: Bool {
        !published.isEmpty || !adopted.isEmpty || deprecated > 0 || !permitted.isEmpty || !deleted.isEmpty
            || !commits.isEmpty
    }

    /// 3 if something is left for the next run, 5 if something is held back until it is allowed. Requirements that cannot
    /// be met are no failure of the run: nothing but their text can mend them.
    public var status: ExitStatus {
        let isWhole =
            pending.isEmpty && failed.isEmpty && sitesBehind.isEmpty && proposals.allSatisfy { $0.trouble == nil }
        return isWhole ? plan.heldBack.isEmpty ? .done : .refused : .partly
    }
}

extension RunReport {
    /// What events come to.
    public init(_ events: some Sequence<RunEvent>) {
        self.init()
        for event in events { add(event) }
        self = sorted()
    }

    /// Takes one more event in.
    mutating func add(_ event: RunEvent) {
        switch event {
        case .planned(let plan):
            self.plan = plan
            deprecated += plan.deprecations.count { $0.reason == .withdrawn }
            for refusal in plan.refusals {
                let failure = Failure(item: refusal.item, region: nil, reason: refusal.reason)
                if refusal.isTemporary { failed.append(failure) } else { refused.append(failure) }
            }
        case .built(_, _, _, let zipped):
            built += 1
            bytesBuilt += zipped
        case .unchanged: unchanged += 1
        case .buildFailed(let failure): failed.append(failure)
        case .buildRefused(let failure): refused.append(failure)
        case .published(let release, let replaced):
            published.append(release)
            deprecated += replaced
        case .adopted(let release, let replaced):
            adopted.append(release)
            deprecated += replaced
        case .pending(let failure, .pending): pending.append(failure)
        case .deleted(let release): deleted.append(release)
        case .permitted(let action): permitted.append(action)
        case .committed(let commit): commits.append(commit)
        case .siteBehind(let place): sitesBehind.append(place)
        case .proposed(let proposal): proposals = [proposal]
        case .yanked(let release): yanked.append(release)
        case .advisory(let advised): advisories.append(advised)
        case .ended(let stage, let seconds): self.seconds[stage.rawValue, default: 0] += seconds
        case .began, .resolved, .pending(_, .unavailable), .circuitOpened, .warning: break
        }
    }

    /// The same, in an order that does not depend on who was faster.
    func sorted() -> RunReport {
        var report = self
        report.published.sort { ($0.item, $0.region) < ($1.item, $1.region) }
        report.adopted.sort { ($0.item, $0.region) < ($1.item, $1.region) }
        report.permitted.sort { ($0.item, $0.release) < ($1.item, $1.release) }
        report.deleted.sort { ($0.item, $0.id) < ($1.item, $1.id) }
        report.yanked.sort { ($0.item, $0.buildNumber, $0.region) < ($1.item, $1.buildNumber, $1.region) }
        report.advisories.sort { ($0.item, $0.text) < ($1.item, $1.text) }
        for list in [\RunReport.pending, \.refused, \.failed] {
            report[keyPath: list].sort {
                ($0.item, $0.region?.code ?? "", $0.reason) < ($1.item, $1.region?.code ?? "", $1.reason)
            }
        }
        return report
    }
}
