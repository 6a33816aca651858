import Model

/// What it takes to reach a remote over HTTPS: a token, or a GitHub App's key, and the program that logs in with it.
public struct HTTPSAccess: Sendable {
    /// The name to log in with; nil: the one that the host wants to see beside a token.
    public var user: String?
    /// nil: the secret is a token.
    public var app: GitHubApp?
    /// Fetches the token, or the App's private key. Asked once for each connection, as late as possible.
    public var secret: @Sendable () async throws -> Secret
    public var worker: SSHAccess.Worker
    /// This process's environment, of which the worker gets what names proxies and authorities.
    public var environment: [String: String]

    public init(
        user: String? = nil, app: GitHubApp? = nil, environment: [String: String], worker: SSHAccess.Worker = .init(),
        secret: @escaping @Sendable () async throws -> Secret
    ) {
        self.user = user
        self.app = app
        self.secret = secret
        self.worker = worker
        self.environment = environment
    }

    package var workerEnvironment: [String: String] {
        environment.filter { Self.passed.contains($0.key) }
    }

    private static let passed: Set<String> = [
        "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY", "CURL_CA_BUNDLE",
        "SSL_CERT_FILE",
    ]

    /// Whom hosts want to see beside a token. Most look at the token alone.
    func identity(for host: String) -> HTTPSIdentity {
        let labels = host.split(separator: ".")
        let usual =
            labels.contains("gitlab") ? "oauth2" : host == "bitbucket.org" ? "x-token-auth" : "x-access-token"
        return HTTPSIdentity(user: app == nil ? user ?? usual : "x-access-token", app: app)
    }
}
