import FoundationEssentials
import Model
import Publishing

/// What every handler works with: what a laptop's run works with, and what a fleet has besides.
public struct FleetContext: Sendable {
    public var publishing: PublishingContext
    public let blobs: any BlobStore
    /// The bucket's name, as the state machine needs it.
    public let bucket: String
    /// A folder of this process for zips.
    public let folder: String
    /// Tells people what a run came to, which was about all layers or not; nil if nobody wants to know.
    public let tell: (@Sendable (_ outcome: RunOutcome, _ isWhole: Bool) async -> Void)?
    /// Items that are resolved in one call.
    public let batchSize: Int

    public init(
        publishing: PublishingContext, blobs: any BlobStore, bucket: String, folder: String,
        tell: (@Sendable (RunOutcome, Bool) async -> Void)? = nil, batchSize: Int = 25
    ) {
        self.publishing = publishing
        self.publishing.registry.seen = { try await SeenRegistry.write($0, to: blobs) }
        self.blobs = blobs
        self.bucket = bucket
        self.folder = folder
        self.tell = tell
        self.batchSize = max(1, batchSize)
    }

    /// The longest that a Lambda function may run: no call can hold the lease longer without a sign of life.
    /// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
    public static let leaseTerm = Duration.seconds(900)

    /// The lease's name; the same as a run on one machine takes.
    static let leaseName = "publish"

    var ledger: any Ledger { publishing.ledger }
    var now: Timestamp { publishing.environment.now() }

    /// - Parameter tell: is told of each event, besides the log.
    func recorder(
        _ report: RunReport = RunReport(), tell: @escaping @Sendable (RunEvent) -> Void = { _ in }
    ) -> Recorder {
        let log = publishing.environment.report
        return Recorder(report) { event in
            tell(event)
            log(event)
        }
    }

    /// The same, with what whoever started the execution has allowed and limited it to: nothing, if that was not written.
    func asStarted(_ files: RunFiles) async throws -> FleetContext {
        guard let record: RunRecord = try await files.find("run.json") else { return self }
        var copy = self
        copy.publishing.options.allowances = record.allowances
        copy.publishing.options.only = Set(record.only)
        return copy
    }

    func files(_ context: RunContext) throws(StrataError) -> RunFiles { try RunFiles(context.run, blobs) }

    /// Where the zip of a build is staged.
    func zip(_ sha256: ContentDigest) throws(StrataError) -> BlobKey {
        try BlobKey(checking: "builds/\(sha256.hex).zip")
    }
}
