import Model

/// The repository that people read, and how it is written.
public struct GitSettings: Sendable, Hashable {
    public var remote: GitRemote
    public var branch: String
    public var siteBranch: String
    public var via: Via
    /// The address of the API that requests to merge are made by; nil for the one that the remote's host has.
    public var api: String?
    public var author: GitAuthor
    /// The private key that pushes; an SSH remote needs one.
    public var sshKey: SecretReference?
    public var passphrase: SecretReference?
    /// What pushes to an HTTPS remote, unless an App does.
    public var token: SecretReference?
    /// The name to log in with beside the token; nil for the one that the host expects.
    public var user: String?
    public var gitHubApp: GitHubAppSettings?
    /// Files in known_hosts format, in addition to the keys that Strata pins itself.
    public var hostKeys: [String]
    /// The key that signs commits and checkpoints; nil for unsigned ones.
    public var sign: SecretReference?
    /// How old a checkpoint becomes before it is signed anew without any other change; nil for as old as it is.
    public var renew: Duration?
    /// For everything that one push does.
    public var deadline: Duration
    /// Commits that the site's branch keeps.
    public var history: Int
    /// How main's folders are laid out if the registry begins; nil for what suits the number of layers.
    public var folders: LayerFolders?

    public init(
        remote: GitRemote, branch: String = "main", siteBranch: String = "gh-pages", via: Via = .push,
        api: String? = nil, author: GitAuthor = .standard,
        sshKey: SecretReference? = nil, passphrase: SecretReference? = nil,
        token: SecretReference? = nil, user: String? = nil, gitHubApp: GitHubAppSettings? = nil,
        hostKeys: [String] = [],
        sign: SecretReference? = nil, renew: Duration? = nil, deadline: Duration = .seconds(120), history: Int = 200,
        folders: LayerFolders? = nil
    ) {
        self.remote = remote
        self.branch = branch
        self.siteBranch = siteBranch
        self.via = via
        self.api = api
        self.author = author
        self.sshKey = sshKey
        self.passphrase = passphrase
        self.token = token
        self.user = user
        self.gitHubApp = gitHubApp
        self.hostKeys = hostKeys
        self.sign = sign
        self.renew = renew
        self.deadline = deadline
        self.history = history
        self.folders = folders
    }
}

extension GitSettings {
    /// How the main branch changes.
    public enum Via: String, Sendable, CaseIterable {
        case push
        /// People merge what is pushed to another branch.
        case pullRequest = "pull-request"
    }

    /// The branch that waits to be merged into the main branch.
    public var requestBranch: String { "strata/\(branch)" }

    /// What the host's API, or the remote over HTTPS, is asked with.
    public var webSecret: SecretReference? { gitHubApp?.key ?? token }

    /// What the remote is pushed to with: a key, a token, or an App's key; nil for a folder.
    public var pushSecret: SecretReference? {
        switch remote {
        case .folder: nil
        case .ssh: sshKey
        case .https: webSecret
        }
    }

    /// Every secret that is named, with the key that names it.
    public var secrets: [(key: String, reference: SecretReference)] {
        let all: [(String, SecretReference?)] = [
            ("ssh-key", sshKey), ("passphrase", passphrase), ("token", token), ("github-app.key", gitHubApp?.key),
            ("sign", sign),
        ]
        return all.compactMap { key, reference in reference.map { (key, $0) } }
    }
}

/// Where the registry is pushed to.
public enum GitRemote: Sendable, Hashable {
    /// A bare repository in a folder.
    case folder(String)
    case ssh(SSHAddress)
    /// A URL without anything secret.
    case https(String)

    /// As libgit2 takes it.
    public var url: String {
        switch self {
        case .folder(let path): path
        case .ssh(let address): address.url
        case .https(let url): url
        }
    }
}

/// `git@github.com:acme/layers.git` or `ssh://git@host:22/path`, in parts.
public struct SSHAddress: Sendable, Hashable {
    public var user: String
    public var host: String
    public var port: Int
    /// From the root if it begins with `/`, else from the user's home.
    public var path: String

    public init(user: String, host: String, port: Int = 22, path: String) {
        self.user = user
        self.host = host
        self.port = port
        self.path = path
    }

    /// One form for both ways of writing it, where it can be told in it; a path from the user's home on the standard
    /// port keeps the short form.
    public var url: String {
        if path.hasPrefix("/") { return "ssh://\(user)@\(host)\(port == 22 ? "" : ":\(port)")\(path)" }
        return "\(user)@\(host):\(path)"
    }
}

/// `github-app: { id, installation, key, api }`
public struct GitHubAppSettings: Sendable, Hashable {
    /// The App's id or client id.
    public var id: String
    public var installation: Int
    /// Where its private key is.
    public var key: SecretReference
    /// The API's address; nil for the one that the remote's host has.
    public var api: String?

    public init(id: String, installation: Int, key: SecretReference, api: String? = nil) {
        self.id = id
        self.installation = installation
        self.key = key
        self.api = api
    }
}

/// Whom commits name.
public struct GitAuthor: Sendable, Hashable {
    public var name: String
    public var email: String

    public static let standard = GitAuthor(name: "Strata", email: "strata@example.invalid")

    public init(name: String, email: String) {
        self.name = name
        self.email = email
    }
}
