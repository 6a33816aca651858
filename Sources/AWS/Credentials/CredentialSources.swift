import HTTP
import Model

/// What the links of the chain look at: the environment, the shared files, the network and a clock.
public struct CredentialSources: Sendable {
    let environment: [String: String]
    let config: SharedConfig
    /// The profile that was asked for; nil leaves it to `AWS_PROFILE`, and then to `default`.
    let chosenProfile: String?
    /// Where STS is asked.
    let region: Region
    let http: HTTPClient
    let now: @Sendable () -> Timestamp

    /// - Throws: `.configuration` if a shared file cannot be read.
    public init(
        environment: [String: String], profile: String? = nil, region: Region, http: HTTPClient,
        now: @escaping @Sendable () -> Timestamp
    ) throws(StrataError) {
        self.environment = environment.filter { !$0.value.isEmpty }
        config = try SharedConfig(environment: self.environment)
        chosenProfile = profile
        self.region = region
        self.http = http
        self.now = now
    }

    /// The region that the profile names, if any.
    public static func region(
        environment: [String: String], profile: String? = nil
    ) throws(StrataError) -> String? {
        let environment = environment.filter { !$0.value.isEmpty }
        return try SharedConfig(environment: environment)[profile ?? environment["AWS_PROFILE"] ?? "default"]?["region"]
    }

    var profileName: String { chosenProfile ?? environment["AWS_PROFILE"] ?? "default" }

    /// The profile's settings.
    public var profile: [String: String] { config[profileName] ?? [:] }

    /// Where the services are, as the environment and the profile say.
    public var endpoints: Endpoints {
        Endpoints(
            environment: environment, profile: profile, services: profile["services"].map(config.services) ?? [:])
    }

    /// All links in the order in which AWS's own tools ask them. A profile that was asked for by name goes before
    /// what the environment holds. A profile's role goes before the environment's web identity, and its keys behind.
    public var links: [CredentialLink] {
        let first = chosenProfile == nil ? [environmentLink] : []
        let hasOnlyKeys = config[profileName].map { $0["role_arn"] == nil } ?? false
        let middle = hasOnlyKeys ? [webIdentityLink, profileLink] : [profileLink, webIdentityLink]
        return first + middle + [containerLink, instanceLink]
    }

    /// The chain of all links.
    public var chain: CredentialChain { CredentialChain(links, now: now) }

    /// STS, called with the given credentials, or unsigned if there are none.
    func tokens(_ credentials: Credentials?) -> SecurityTokens { SecurityTokens(client: client(credentials)) }

    /// For calls that bring their own proof.
    var unsigned: AWSClient { client(nil) }

    private func client(_ credentials: Credentials?) -> AWSClient {
        let chain = CredentialChain([CredentialLink("source") { () throws(StrataError) in credentials }], now: now)
        return AWSClient(
            http: http, endpoints: endpoints, credentials: chain, clock: ClockCorrection(now: now),
            options: AWSClient.Options(environment: environment, profile: profile))
    }

    var sessionName: String { environment["AWS_ROLE_SESSION_NAME"] ?? "strata-\(now().seconds)" }

    /// `AWS_ACCESS_KEY_ID` and its kin.
    var environmentLink: CredentialLink {
        CredentialLink("environment") { () throws(StrataError) in
            guard let id = environment["AWS_ACCESS_KEY_ID"] else { return nil }
            guard let secret = environment["AWS_SECRET_ACCESS_KEY"] else {
                throw StrataError(.credentials, "AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not")
            }
            return Credentials(
                accessKeyID: id, secretAccessKey: secret, sessionToken: environment["AWS_SESSION_TOKEN"])
        }
    }
}
