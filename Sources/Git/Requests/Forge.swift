import Model

/// The host of a repository, as its API knows both: GitHub or GitLab, their own or a server of one's own.
public struct Forge: Sendable, Hashable, Codable {
    enum Kind: String, Sendable, Codable { case gitHub, gitLab }

    let kind: Kind
    /// The API's address, without a slash at its end.
    let api: String
    /// The repository as git reaches it over HTTPS.
    let address: RemoteAddress.HTTPS
    /// The repository's path at the host, without `.git`.
    let project: String

    /// - Parameter api: nil for what the remote's host has.
    /// - Throws: `configuration` for a host of which it is not known whose it is.
    public init(_ remote: RemoteAddress, api: String? = nil) throws(StrataError) {
        switch remote {
        case .https(let remote): address = remote
        case .ssh(let remote):
            // Where hosts answer SSH on another port.
            let names = ["ssh.github.com": "github.com", "altssh.gitlab.com": "gitlab.com"]
            address = RemoteAddress.HTTPS(
                host: names[remote.host] ?? remote.host, port: 443,
                path: remote.path.hasPrefix("/") ? remote.path : "/\(remote.path)")
        case .local:
            throw StrataError(
                .configuration, "a repository in a folder has no requests to merge",
                hint: "leave 'git.via' out, or name a remote at GitHub or GitLab")
        }
        let isGitLab = address.host.split(separator: ".").contains("gitlab")
        guard let api = api ?? Self.gitHubService(address) ?? (isGitLab ? "https://\(address.authority)/api/v4" : nil)
        else {
            throw StrataError(
                .configuration, "whether \(address.host) is a server of GitHub or of GitLab is not known",
                hint: "write 'api: https://HOST/api/v3' in 'git' for GitHub, 'api: https://HOST/api/v4' for GitLab")
        }
        self.api = api
        kind = api.hasSuffix("/api/v4") ? .gitLab : .gitHub
        var path = address.path.dropFirst()
        if path.hasSuffix(".git") { path.removeLast(4) }
        // A GitLab that is not at its host's root.
        let root = api.drop { $0 != "/" }.drop { $0 == "/" }.drop { $0 != "/" }.dropFirst().dropLast("api/v4".count)
        if kind == .gitLab, !root.isEmpty, path.hasPrefix(root) { path.removeFirst(root.count) }
        project = String(path)
        guard kind == .gitLab ? project.contains("/") : project.split(separator: "/").count == 2 else {
            throw StrataError(
                .configuration, "'\(project)' is not the path of a repository at \(address.host)",
                hint: "it has an owner and a name: owner/name")
        }
    }

    /// The API of GitHub's own service, and of names of one's own at `ghe.com`.
    static func gitHubService(_ address: RemoteAddress.HTTPS) -> String? {
        guard address.host == "github.com" || address.host.hasSuffix(".ghe.com") else { return nil }
        return "https://api.\(address.authority)"
    }
}

/// One question about the request to merge one branch of a repository into another.
public struct ForgeRequest: Sendable, Codable {
    public struct Text: Sendable, Codable {
        public let title: String
        public let body: String

        public init(title: String, body: String) {
            self.title = title
            self.body = body
        }
    }

    let forge: Forge
    let branch: String
    let main: String
    /// What the request is to say; nil to leave all as it is.
    let text: Text?

    public init(_ forge: Forge, from branch: String, into main: String, saying text: Text? = nil) {
        self.forge = forge
        self.branch = branch
        self.main = main
        self.text = text
    }
}
