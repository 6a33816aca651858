import Model

/// The section `git`.
extension SettingsDecoder {
    func git(_ value: Value) -> GitSettings? {
        guard let fields = Fields<Vocabulary.Git>(value, "'git'") else { return nil }
        let remote = fields[.remote].map(self.remote) ?? .folder(resolve(".strata/registry.git"))
        var git = GitSettings(remote: remote ?? .folder(""))
        git.branch = fields[.branch].flatMap { branch($0, "'git.branch'") } ?? git.branch
        git.siteBranch = fields[.siteBranch].flatMap { branch($0, "'git.site-branch'") } ?? git.siteBranch
        git.via = fields[.via]?.asChoice("'git.via'", GitSettings.Via.self) ?? git.via
        git.api = fields[.api].flatMap { api($0, "'git.api'") }
        git.author = fields[.author].flatMap(self.author) ?? git.author
        git.sshKey = fields[.sshKey].flatMap { secret($0, "'git.ssh-key'") }
        git.passphrase = fields[.passphrase].flatMap { secret($0, "'git.passphrase'") }
        git.token = fields[.token].flatMap { secret($0, "'git.token'") }
        git.user = fields[.user].flatMap(user)
        git.gitHubApp = fields[.gitHubApp].flatMap(gitHubApp)
        git.sign = fields[.sign].flatMap { secret($0, "'git.sign'") }
        git.renew = fields[.renew]?.asDuration("'git.renew'", in: .seconds(86_400)...(.seconds(366 * 86_400)))
        git.hostKeys =
            fields[.hostKeys].flatMap { unique($0, "'git.host-keys'") { path($0, "a file of host keys") } } ?? []
        git.deadline =
            fields[.deadline]?.asDuration("'git.deadline'", in: .seconds(1)...(.seconds(3600))) ?? git.deadline
        git.history = fields[.history]?.asInteger("'git.history'", in: 1...1_000_000) ?? git.history
        git.folders = fields[.folders]?.asChoice("way to lay out 'git.folders'", LayerFolders.self)

        if git.branch == git.siteBranch {
            (fields[.siteBranch] ?? fields[.branch] ?? value).problem("'branch' and 'site-branch' must differ")
        }
        if git.via == .pullRequest {
            for (branch, key) in [(git.branch, fields[.branch]), (git.siteBranch, fields[.siteBranch])]
            where branch == "strata" || branch == git.requestBranch {
                (key ?? value).problem("a branch '\(branch)' cannot be beside '\(git.requestBranch)'")
            }
        } else {
            fields[.api]?.warn("'git.api' is not used: 'git.via' is not 'pull-request'")
        }
        if fields[.passphrase] != nil, fields[.sshKey] == nil {
            fields[.passphrase]?.problem("'git.passphrase' needs 'git.ssh-key'")
        }
        if fields[.renew] != nil, fields[.sign] == nil { fields[.renew]?.problem("'git.renew' needs 'git.sign'") }
        checkAccess(to: remote, git.via, fields)
        return remote == nil ? nil : git
    }

    /// Each kind of remote has its kind of secret.
    private func checkAccess(to remote: GitRemote?, _ via: GitSettings.Via, _ fields: Fields<Vocabulary.Git>) {
        let forSSH = [("ssh-key", fields[.sshKey])]
        let forAPI = [("token", fields[.token]), ("github-app", fields[.gitHubApp])]
        let forWeb = forAPI + [("user", fields[.user])]
        var isWeb = via == .pullRequest
        if case .https = remote { isWeb = true }
        if case .folder = remote { isWeb = false }
        if isWeb, let app = fields[.gitHubApp], fields[.token] != nil {
            app.problem("'git.token' and 'git.github-app' exclude each other")
        }
        func unused(_ keys: [(String, Value?)], _ kind: String) {
            for (key, value) in keys { value?.warn("'git.\(key)' is not used: the remote is \(kind)") }
        }
        switch remote {
        case .folder:
            unused(forSSH, "a folder")
            unused(forWeb, "a folder")
            if via == .pullRequest { fields[.via]?.problem("a folder has no pull requests", hint: "leave 'via' out") }
        case .ssh:
            unused(via == .pullRequest ? [("user", fields[.user])] : forWeb, "reached over SSH")
            if via == .pullRequest, forAPI.allSatisfy({ $0.1 == nil }) {
                fields[.via]?.problem(
                    "'via: pull-request' needs 'git.token' or 'git.github-app' beside the key",
                    hint: "a key can push, and open no request")
            }
            guard fields[.sshKey] == nil else { break }
            fields[.remote]?.problem("a remote over SSH needs 'git.ssh-key'", hint: "'strata keys new' makes one")
        case .https:
            unused(forSSH, "reached over HTTPS")
            if fields[.gitHubApp] != nil {
                fields[.user]?.warn("'git.user' is not used: an App has its own name")
            } else if fields[.token] == nil {
                fields[.remote]?.problem(
                    "a remote over HTTPS needs 'git.token' or 'git.github-app'",
                    hint: "write 'token: secretsmanager:NAME'")
            }
        case nil: break
        }
    }

    /// `github-app: { id: 12345, installation: 67890, key: ssm:/path }`
    private func gitHubApp(_ value: Value) -> GitHubAppSettings? {
        guard let fields = Fields<Vocabulary.GitHubApp>(value, "'git.github-app'") else { return nil }
        let id = fields.required(.id, "'git.github-app'").flatMap { value -> String? in
            if value.kind == .number {
                return value.asInteger("'git.github-app.id'", in: 1...Int.max).map { "\($0)" }
            }
            guard let text = value.asText("'git.github-app.id'") else { return nil }
            guard text.utf8.count <= 100, text.utf8.allSatisfy({ $0.isASCIIAlphanumeric || ".-_".utf8.contains($0) })
            else {
                value.problem("'git.github-app.id' is not an App's id", hint: "it is a number, or a client id")
                return nil
            }
            return text
        }
        let installation = fields.required(.installation, "'git.github-app'").flatMap {
            $0.asInteger("'git.github-app.installation'", in: 1...Int.max)
        }
        let key = fields.required(.key, "'git.github-app'").flatMap { secret($0, "'git.github-app.key'") }
        let api = fields[.api].flatMap { self.api($0, "'git.github-app.api'") }
        guard let id, let installation, let key else { return nil }
        return GitHubAppSettings(id: id, installation: installation, key: key, api: api)
    }

    /// The address of a host's API, without a slash at its end.
    private func api(_ value: Value, _ what: String) -> String? {
        guard var text = webAddress(value, what, schemes: ["https"]) else { return nil }
        while text.hasSuffix("/") { text.removeLast() }
        if text.contains(where: { "?#".contains($0) }) { value.problem("\(what) holds a query or a fragment") }
        return text
    }

    /// The name beside a token: it becomes the part of a header that ends with a colon.
    private func user(_ value: Value) -> String? {
        guard let text = value.asText("'git.user'") else { return nil }
        guard text.utf8.count <= 200, text.utf8.allSatisfy({ (0x21...0x7e).contains($0) && $0 != UInt8(ascii: ":") })
        else {
            value.problem("'git.user' is not a name to log in with", hint: "blanks and colons are not part of one")
            return nil
        }
        return text
    }

    /// `git@host:path`, `ssh://[user@]host[:port]/path`, `https://host[:port]/path`, `file:///path`, or a folder.
    private func remote(_ value: Value) -> GitRemote? {
        guard let text = value.asText("'git.remote'") else { return nil }
        guard let scheme = text.firstRange(of: "://") else { return shortRemote(text, value) }
        let rest = text[scheme.upperBound...]
        switch text[..<scheme.lowerBound] {
        case "ssh":
            guard let slash = rest.firstIndex(of: "/") else { return malformed(value) }
            return address(rest[..<slash], path: rest[slash...], value)
        case "file":
            guard rest.hasPrefix("/") else { return malformed(value) }
            return .folder(String(rest))
        case "https": return web(rest, value)
        case "http":
            value.problem("'git.remote' would show the token to the network", hint: "write https://")
        default:
            value.problem(
                "unknown scheme in 'git.remote'",
                hint: "write git@host:path, ssh://host/path, https://host/path or a folder")
        }
        return nil
    }

    private func web(_ rest: Substring, _ value: Value) -> GitRemote? {
        // Looked for first, so that no other message can quote a password.
        guard !rest.contains("@") else {
            value.problem("'git.remote' must not hold a user or a password", hint: "use 'git.token' and 'git.user'")
            return nil
        }
        var rest = rest
        while rest.hasSuffix("/") { rest.removeLast() }
        let parts = rest.split(separator: "/", omittingEmptySubsequences: false)
        let authority = parts[0].split(separator: ":", omittingEmptySubsequences: false)
        let port = authority.count == 2 ? Int(authority[1]) ?? 0 : 443
        guard parts.count > 1, authority.count <= 2, (1...65_535).contains(port),
            authority[0].utf8.first?.isASCIIAlphanumeric == true,
            authority[0].utf8.allSatisfy({ $0.isASCIIAlphanumeric || ".-_".utf8.contains($0) }),
            parts.dropFirst().allSatisfy({ part in
                !part.isEmpty && part != "." && part != ".."
                    && part.utf8.allSatisfy { $0.isASCIIAlphanumeric || ".-_~%+".utf8.contains($0) }
            })
        else {
            value.problem(
                "'git.remote' is malformed", hint: "write https://host/owner/name.git, as 'git clone' takes it")
            return nil
        }
        let host = authority[0].lowercased() + (port == 443 ? "" : ":\(port)")
        return .https("https://\(host)/\(parts.dropFirst().joined(separator: "/"))")
    }

    /// A folder, or the short form that scp has: a colon before any slash.
    private func shortRemote(_ text: String, _ value: Value) -> GitRemote? {
        guard let colon = text.firstIndex(of: ":"), !text[..<colon].contains("/") else {
            return path(value, "'git.remote'").map(GitRemote.folder)
        }
        return address(text[..<colon], path: text[text.index(after: colon)...], value)
    }

    private func address(_ authority: Substring, path: Substring, _ value: Value) -> GitRemote? {
        var host = authority
        var user: Substring = "git"
        if let at = authority.lastIndex(of: "@") {
            user = authority[..<at]
            host = authority[authority.index(after: at)...]
        }
        guard !user.contains(":") else {
            value.problem("'git.remote' must not hold a password", hint: "name the key with 'git.ssh-key'")
            return nil
        }
        if host.hasPrefix("[") || host.split(separator: ":").count > 2 {
            value.problem(
                "'git.remote' holds an IPv6 address, which the SSH library cannot dial",
                hint: "give the host a name in DNS or /etc/hosts")
            return nil
        }
        var port = 22
        if let colon = host.lastIndex(of: ":") {
            let digits = host[host.index(after: colon)...]
            guard let number = Int(digits), (1...65_535).contains(number), digits.utf8.allSatisfy({ $0 != 0x2b }) else {
                return malformed(value)
            }
            port = number
            host = host[..<colon]
        }
        func allowed(_ text: Substring) -> Bool {
            text.utf8.first?.isASCIIAlphanumeric == true
                && text.utf8.allSatisfy { $0.isASCIIAlphanumeric || ".-_".utf8.contains($0) }
        }
        if path.hasPrefix(":") {
            value.problem("'git.remote' names a remote helper", hint: "write it as 'git@host:owner/name.git'")
            return nil
        }
        guard !path.contains(where: \.isWhitespace), !path.contains("%"), !path.contains("'") else {
            value.problem(
                "the path in 'git.remote' holds a blank, '%' or an apostrophe",
                hint: "servers take it as it stands: write or choose a plain name")
            return nil
        }
        guard allowed(user), allowed(host), path.count > 1, !path.hasPrefix("-") else { return malformed(value) }
        return .ssh(SSHAddress(user: String(user), host: host.lowercased(), port: port, path: String(path)))
    }

    private func malformed(_ value: Value) -> GitRemote? {
        value.problem("'git.remote' is malformed", hint: "write git@host:path, ssh://git@host:port/path or a folder")
        return nil
    }

    /// `Name <name@example.org>`
    private func author(_ value: Value) -> GitAuthor? {
        guard let text = value.asText("'git.author'") else { return nil }
        let parts = text.split(separator: "<", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[1].hasSuffix(">"), parts[1].contains("@"), !parts[1].contains(" "),
            !parts[1].dropLast().contains(">"), !parts[0].contains(">"), !parts[0].trimmingSpaces.isEmpty
        else {
            value.problem("'git.author' is malformed", hint: "write 'Name <name@example.org>'")
            return nil
        }
        return GitAuthor(name: parts[0].trimmingSpaces, email: String(parts[1].dropLast()))
    }

    /// A branch's name as git-check-ref-format(1) allows it, without the characters that need care elsewhere.
    private func branch(_ value: Value, _ what: String) -> String? {
        guard let text = value.asText(what) else { return nil }
        let components = text.split(separator: "/", omittingEmptySubsequences: false)
        guard text.utf8.count <= 100,
            text.utf8.allSatisfy({ $0.isASCIIAlphanumeric || "._-/+".utf8.contains($0) }), !text.hasPrefix("-"),
            !text.contains(".."), text != "HEAD",
            components.allSatisfy({ !$0.isEmpty && !$0.hasPrefix(".") && !$0.hasSuffix(".") && !$0.hasSuffix(".lock") })
        else {
            value.problem("'\(text)' is not a valid branch name")
            return nil
        }
        return text
    }
}
