import Model
import Planning

/// What all work on a registry needs: what is wanted, and everything that it is done with.
///
/// Made once from the configuration. Runs, repairs and the fleet's functions share it.
public struct PublishingContext: Sendable {
    public var desired: Desired
    public var ledger: any Ledger
    public var provider: any LayerProvider
    public var buildService: BuildService
    public var registry: RegistryWriter
    public var environment: RunEnvironment
    public var options: Options
    /// Where layers are imported before they are published; nil where no such functions are made.
    public var probes: ProbeFunctions?
    /// Where items are remembered that need nothing; nil to read and plan all of them each time.
    public var settled: SettledStore?

    public struct Options: Sendable {
        public var allowances: Allowances
        /// Only these layers; empty for all.
        public var only: Set<LayerName>
        /// Publications in flight in one region.
        public var perRegion: Int
        /// How long one publication may take in a region, beside the time that its bytes need: then the region makes no
        /// progress.
        public var noProgress: Duration
        /// How long the lease is held without a sign of life.
        public var leaseTerm: Duration
        /// Whether a ledger that is empty or older than the registry is filled from it before anything else.
        public var rebuildsLedger: Bool
        /// Whether nothing but this machine's clock tells the time.
        public var hasOwnClock: Bool
        /// Whether that clock is believed even if it has leapt.
        public var trustsClock = false

        public init(
            allowances: Allowances = Allowances(), only: Set<LayerName> = [], perRegion: Int = 4,
            noProgress: Duration = .seconds(60), leaseTerm: Duration = .seconds(600), rebuildsLedger: Bool = false,
            hasOwnClock: Bool = false
        ) {
            self.allowances = allowances
            self.only = only
            self.perRegion = perRegion
            self.noProgress = noProgress
            self.leaseTerm = leaseTerm
            self.rebuildsLedger = rebuildsLedger
            self.hasOwnClock = hasOwnClock
        }
    }

    public init(
        desired: Desired, ledger: any Ledger, provider: any LayerProvider, buildService: BuildService,
        registry: RegistryWriter, environment: RunEnvironment, options: Options = Options(),
        settled: SettledStore? = nil
    ) {
        self.settled = settled
        self.desired = desired
        self.ledger = ledger
        self.provider = provider
        self.buildService = buildService
        self.registry = registry
        self.environment = environment
        self.options = options
    }

    /// What a run is about: everything, or the layers that it was limited to.
    public var scope: Desired { options.only.isEmpty ? desired : desired.restricted(to: options.only) }

    /// Who can read the releases of which nothing is recorded: what was wanted when the ledger was first asked.
    func recordedAudience() async throws -> Audience? {
        try await ledger.checkpoint(Self.audience).flatMap(Audience.init)
    }

    fileprivate static let audience = "audience"

    /// Asks each partition who we are, which also tells what time it is there, before leases and expiries are reckoned.
    /// A partition that does not answer is for its regions to tell.
    func askForTheTime() async { try? await requireAccounts() }

    /// The same, and credentials that are missing, expired or another account's end the run before it changes anything.
    func requireAccounts() async throws {
        for partition in Set(desired.regions.map(\.partition)) {
            do {
                _ = try await provider.account(in: partition)
            } catch let error as StrataError where [.credentials, .accessDenied, .configuration].contains(error.code) {
                throw error
            } catch {
                continue
            }
        }
    }
}

extension Session {
    /// Notes, once, who can read the releases of which nothing is recorded.
    func rememberAudience() async throws {
        guard try await context.recordedAudience() == nil else { return }
        try await ledger.setCheckpoint(
            PublishingContext.audience, Audience(desired.visibility).description, lease: lease)
    }
}
