import AWS
import FoundationEssentials
import HTTP
import Model
import Settings

/// AWS as the configuration sees it: one HTTP client, and for each partition a client with its profile's credentials.
/// Made at its first use: a configuration without AWS never looks for credentials.
actor CloudAccess {
    private let settings: PublishSettings
    private let environment: [String: String]
    /// AWS's time, which all clients learn together.
    nonisolated let clock = ClockCorrection(now: { WallClock.now })
    private var http: HTTPClient?
    private var clients: [Partition: AWSClient] = [:]
    private var chains: [Partition: CredentialChain] = [:]

    init(_ settings: PublishSettings, environment: [String: String]) {
        self.settings = settings
        self.environment = environment
    }

    func client(for partition: Partition) throws -> AWSClient {
        if let known = clients[partition] { return known }
        let http = try sharedHTTP()
        let sources = try sources(for: partition, http)
        let chain = sources.chain
        let endpoints = sources.endpoints
        try endpoints.check(partition)
        var options = AWSClient.Options(environment: environment, profile: sources.profile)
        let deadlines = settings.deadlines
        options.deadlines = Deadlines(connect: deadlines.connect, stall: deadlines.noProgress, total: deadlines.call)
        options.lambdaRate = CallRate(perSecond: settings.rate.perSecond)
        let client = AWSClient(
            http: http, endpoints: endpoints, credentials: chain, clock: clock, options: options)
        clients[partition] = client
        chains[partition] = chain
        return client
    }

    /// Which link of the chain has the partition's credentials.
    func origin(for partition: Partition) async throws -> CredentialChain.Origin {
        _ = try client(for: partition)
        guard let chain = chains[partition] else { throw StrataError(.inconsistent, "no chain for \(partition)") }
        return try await chain.origin()
    }

    func provider() throws -> LambdaLayerProvider {
        let homes = try settings.partitions.map { partition in
            LambdaLayerProvider.Home(
                partition: partition.partition, account: partition.account, client: try client(for: partition.partition)
            )
        }
        let nearest = try homeRegion
        let staging = settings.staging.map { staging in
            LambdaLayerProvider.Staging(above: staging.above, nearest: nearest) {
                staging.bucket(account: $0, region: $1)
            }
        }
        return LambdaLayerProvider(homes: homes, staging: staging)
    }

    /// The account that a partition's credentials are for, which must be the one that is configured, if one is.
    func owner(in partition: Partition) async throws -> String {
        if settings.partitions.contains(where: { $0.partition == partition }) {
            return try await provider().account(in: partition)
        }
        let home = LambdaLayerProvider.Home(partition: partition, client: try client(for: partition))
        return try await LambdaLayerProvider(homes: [home], staging: nil).account(in: partition)
    }

    /// The store of secrets in AWS that answers a scheme; nil for any other scheme.
    func secretStore(_ scheme: String) throws -> (any SecretStore)? {
        let region = try homeRegion
        switch scheme {
        case "secretsmanager": return SecretsManagerStore(client: try client(for: region.partition), region: region)
        case "ssm": return ParameterStore(client: try client(for: region.partition), region: region)
        default: return nil
        }
    }

    /// The ledger in a table, with the account's credentials.
    ///
    /// What is too large for a record lies in the fleet's bucket: the one that `STRATA_FLEET_BUCKET` names, or the one
    /// that `strata deploy` names after the account and the region.
    func ledger(table: String, region: Region?) throws -> DynamoDBLedger {
        let region = try region ?? homeRegion
        let client = try client(for: region.partition)
        return DynamoDBLedger(client: client, table: table, region: region) {
            let account = try await self.provider().account(in: region.partition)
            let named = self.environment["STRATA_FLEET_BUCKET"].flatMap { $0.isEmpty ? nil : $0 }
            return S3Blobs(
                client: client, bucket: named ?? FleetNames.bucket(table: table, account: account, region: region),
                owner: account, region: region)
        }
    }

    /// Where everything is that has one region: secrets, and the table of a ledger that names none.
    nonisolated var homeRegion: Region {
        get throws {
            let home = settings.partitions.first?.partition ?? .aws
            if let name = environment["AWS_REGION"] ?? environment["AWS_DEFAULT_REGION"] {
                guard let region = Region(name) else {
                    throw StrataError(.configuration, "AWS_REGION is '\(name)', which is not a region")
                }
                return region
            }
            let named = try CredentialSources.region(
                environment: environment, profile: settings.partitions.first?.profile)
            // A profile is for all partitions of its user, and this one may be another.
            let region = Region(named ?? "").flatMap { $0.partition == home ? $0 : nil }
            guard let region = region ?? Region(home.mainRegion) else {
                throw StrataError(.inconsistent, "\(home.rawValue) has no main region")
            }
            return region
        }
    }

    private func sharedHTTP() throws -> HTTPClient {
        if let http { return http }
        let made = try HTTPClient(HTTPClient.Options(environment: environment))
        http = made
        return made
    }

    private func sources(for partition: Partition, _ http: HTTPClient) throws -> CredentialSources {
        guard let region = Region(partition.mainRegion) else {
            throw StrataError(.inconsistent, "\(partition.rawValue) has no main region")
        }
        let profile = settings.partitions.first { $0.partition == partition }?.profile
        return try CredentialSources(
            environment: environment, profile: profile, region: region, http: http, now: { WallClock.now })
    }
}

/// The time of day.
enum WallClock {
    static var now: Timestamp { Timestamp(seconds: Int(Date().timeIntervalSince1970)) }
}
