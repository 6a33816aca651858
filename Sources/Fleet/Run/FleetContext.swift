import Model
import Publishing

/// What every handler works with: the laptop's own publisher, and what a fleet has besides.
public struct FleetContext: Sendable {
    public let publisher: Publisher
    public let lifecycle: Lifecycle
    public let blobs: any BlobStore
    /// The bucket's name, as the state machine needs it.
    public let bucket: String
    /// A folder of this process for zips.
    public let folder: String
    /// Tells people what a run came to; nil if nobody wants to know.
    public let notify: (@Sendable (_ subject: String, _ message: String) async throws -> Void)?
    /// Items that are resolved in one call.
    public let batchSize: Int

    public init(
        publisher: Publisher, lifecycle: Lifecycle, blobs: any BlobStore, bucket: String, folder: String,
        notify: (@Sendable (String, String) async throws -> Void)? = nil, batchSize: Int = 25
    ) {
        self.publisher = publisher
        self.lifecycle = lifecycle
        self.blobs = blobs
        self.bucket = bucket
        self.folder = folder
        self.notify = notify
        self.batchSize = max(1, batchSize)
    }

    /// The longest that a Lambda function may run: no call can hold the lease longer without a sign of life.
    /// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
    public static let leaseTerm = Duration.seconds(900)

    /// The lease's name; the same as a run on one machine takes.
    static let leaseName = "publish"

    var ledger: any Ledger { publisher.ledger }
    var now: Timestamp { publisher.runEnvironment.now() }

    func files(_ context: RunContext) throws(StrataError) -> RunFiles { try RunFiles(context.run, blobs) }

    /// Where the zip of a build is staged.
    func zip(_ sha256: ContentDigest) throws(StrataError) -> BlobKey {
        try BlobKey(checking: "builds/\(sha256.hex).zip")
    }

    /// Works under the run's lease, and renews it.
    ///
    /// - Parameter isShort: true for calls that come by the thousand and are over before the lease is: they do not
    ///   renew it at their beginning.
    func keeping<Value: Sendable>(
        _ context: RunContext, isShort: Bool = false, _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let lease =
            isShort
            ? Lease(
                name: context.lease.name, holder: context.lease.holder, token: context.lease.token,
                until: now + Self.leaseTerm)
            : context.lease
        return try await Leasing(ledger: ledger, runEnvironment: publisher.runEnvironment, term: Self.leaseTerm)
            .keep(lease, while: body)
    }

    /// Does a piece of the run that no other call is doing. One that died keeps it until its own time would have been up.
    func claiming<Value: Sendable>(
        _ name: String, _ context: RunContext, _ invocation: Invocation, isDone: (Value) -> Bool,
        _ body: () async throws -> Value
    ) async throws -> Value {
        let end = now + invocation.remaining + .seconds(1)
        return try await Claim.holding(
            name, files(context), blobs, holder: invocation.requestID, now: now, until: end, isDone: isDone, body)
    }
}
