import Model

/// The section `git`.
extension SettingsDecoder {
    func git(_ value: Value) -> GitSettings? {
        guard let fields = Fields<Vocabulary.Git>(value, "'git'") else { return nil }
        let remote = fields[.remote].map(self.remote) ?? .folder(resolve(".strata/registry.git"))
        var git = GitSettings(remote: remote ?? .folder(""))
        git.branch = fields[.branch].flatMap { branch($0, "'git.branch'") } ?? git.branch
        git.siteBranch = fields[.siteBranch].flatMap { branch($0, "'git.site-branch'") } ?? git.siteBranch
        git.author = fields[.author].flatMap(self.author) ?? git.author
        git.sshKey = fields[.sshKey].flatMap { secret($0, "'git.ssh-key'") }
        git.passphrase = fields[.passphrase].flatMap { secret($0, "'git.passphrase'") }
        git.sign = fields[.sign].flatMap { secret($0, "'git.sign'") }
        git.renew = fields[.renew]?.asDuration("'git.renew'", in: .seconds(86_400)...(.seconds(366 * 86_400)))
        git.hostKeys =
            fields[.hostKeys].flatMap { unique($0, "'git.host-keys'") { path($0, "a file of host keys") } } ?? []
        git.deadline =
            fields[.deadline]?.asDuration("'git.deadline'", in: .seconds(1)...(.seconds(3600))) ?? git.deadline
        git.history = fields[.history]?.asInteger("'git.history'", in: 1...1_000_000) ?? git.history

        if git.branch == git.siteBranch {
            (fields[.siteBranch] ?? fields[.branch] ?? value).problem("'branch' and 'site-branch' must differ")
        }
        if fields[.passphrase] != nil, fields[.sshKey] == nil {
            fields[.passphrase]?.problem("'git.passphrase' needs 'git.ssh-key'")
        }
        if fields[.renew] != nil, fields[.sign] == nil { fields[.renew]?.problem("'git.renew' needs 'git.sign'") }
        switch remote {
        case .ssh where fields[.sshKey] == nil:
            fields[.remote]?.problem("a remote over SSH needs 'git.ssh-key'", hint: "'strata keys new' makes one")
        case .folder:
            fields[.sshKey]?.warn("'git.ssh-key' is not used: the remote is a folder")
        default: break
        }
        return remote == nil ? nil : git
    }

    /// `git@host:path`, `ssh://[user@]host[:port]/path`, `file:///path`, or a folder.
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
        case "http", "https":
            value.problem("'git.remote' must not be a web address", hint: "write it as 'git@host:owner/name.git'")
        default:
            value.problem("unknown scheme in 'git.remote'", hint: "write git@host:path, ssh://host/path or a folder")
        }
        return nil
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

    /// A secret by reference. What was written is never quoted: it may be the secret itself.
    func secret(_ value: Value, _ what: String) -> SecretReference? {
        guard let text = value.asText(what) else { return nil }
        guard let reference = SecretReference(text) else {
            let word = String(text.prefix { $0 != ":" })
            let near = Suggestion.nearest(to: word, among: ["secretsmanager", "ssm", "env", "file"])
            value.problem(
                "\(what) is not a secret reference",
                hint: near.map { "did you mean '\($0):'?" }
                    ?? "write secretsmanager:NAME, ssm:/path, env:NAME or file:PATH")
            return nil
        }
        return resolved(reference)
    }

    /// The same, with a path that does not begin at the folder where the program runs.
    func resolved(_ reference: SecretReference) -> SecretReference {
        guard reference.scheme == "file" else { return reference }
        return SecretReference("file:" + resolve(reference.name)) ?? reference
    }
}
