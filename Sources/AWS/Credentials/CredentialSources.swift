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

    var profileName: String { chosenProfile ?? environment["AWS_PROFILE"] ?? "default" }

    /// The profile's settings, which also tell the endpoints.
    public var profile: [String: String] { config[profileName] ?? [:] }

    /// All links in the order in which AWS's own tools ask them. A profile that was asked for by name goes before
    /// what the environment holds.
    public var links: [CredentialLink] {
        let first = chosenProfile == nil ? [environmentLink] : []
        return first + [profileLink, webIdentityLink, containerLink, instanceLink]
    }

    /// The chain of all links.
    public var chain: CredentialChain { CredentialChain(links, now: now) }

    /// STS, called with the given credentials, or unsigned if there are none.
    func tokens(_ credentials: Credentials?) -> SecurityTokens {
        let chain = CredentialChain([CredentialLink("source") { () throws(StrataError) in credentials }], now: now)
        return SecurityTokens(
            client: AWSClient(
                http: http, endpoints: Endpoints(environment: environment, profile: profile), credentials: chain,
                clock: ClockCorrection(now: now), options: AWSClient.Options(environment: environment)))
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
