import Model

/// Where the registry's repository lives.
///
/// Accepted: `git@host:path` and `host:path` (scp's form), `ssh://[user@]host[:port]/path`, `https://host[:port]/path`,
/// `file:///path`, and paths. Everything else is refused: other transports show secrets to the network, or trust what this
/// tool cannot verify.
public enum RemoteAddress: Sendable, Hashable {
    /// A bare repository in this machine's file system.
    case local(path: String)
    case ssh(SSH)
    case https(HTTPS)

    /// A repository behind an SSH server.
    public struct SSH: Sendable, Hashable, Codable {
        public let user: String
        public let host: String
        /// 22 unless the address says otherwise.
        public let port: UInt16
        /// As the server gets it: absolute in the form of a URL, relative to the user's home in scp's form.
        public let path: String
    }

    /// A repository behind a web server, which is verified by its certificate.
    public struct HTTPS: Sendable, Hashable, Codable {
        public let host: String
        /// 443 unless the address says otherwise.
        public let port: UInt16
        /// From the slash on, without one at its end.
        public let path: String

        /// Host and port, as they stand in a URL.
        var authority: String { port == 443 ? host : "\(host):\(port)" }

        /// What hosts call the repository: the last part of the path, without `.git`.
        var name: String {
            let last = path.split(separator: "/").last ?? ""
            return String(last.hasSuffix(".git") ? last.dropLast(4) : last)
        }
    }

    /// - Throws: `configuration`, with what was expected.
    public init(_ text: String) throws(StrataError) {
        guard !text.isEmpty, text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7f }) else {
            throw Self.refusal(text, "it is empty or contains control characters")
        }
        if let separator = text.firstRange(of: "://") {
            let rest = text[separator.upperBound...]
            switch text[..<separator.lowerBound] {
            case "ssh", "git+ssh", "ssh+git": self = .ssh(try Self.url(rest, in: text))
            case "https": self = .https(try Self.web(rest, in: text))
            case "http": throw Self.refusal(text, "it would show the token to the network; write https://")
            case "file":
                guard rest.hasPrefix("/") else { throw Self.refusal(text, "a file URL begins with three slashes") }
                self = .local(path: String(rest))
            case let scheme: throw Self.refusal(text, "'\(scheme)' is not supported")
            }
        } else if let colon = text.firstIndex(of: ":"), !text[..<colon].contains("/") {
            self = .ssh(try Self.scp(text, colon: colon))
        } else {
            self = .local(path: text)
        }
    }

    private static func url(_ rest: Substring, in text: String) throws(StrataError) -> SSH {
        guard let slash = rest.firstIndex(of: "/") else { throw refusal(text, "it does not name a repository") }
        var authority = rest[..<slash]
        var user = "git"
        if let at = authority.lastIndex(of: "@") {
            user = String(authority[..<at])
            authority = authority[authority.index(after: at)...]
            guard !user.contains(":") else { throw refusal(text, "a password in an address ends up in logs") }
        }
        var port: UInt16 = 22
        if let colon = authority.lastIndex(of: ":"), authority.last != "]" {
            guard let number = UInt16(authority[authority.index(after: colon)...]), number > 0 else {
                throw refusal(text, "its port is not a number from 1 to 65535")
            }
            port = number
            authority = authority[..<colon]
        }
        return try checked(SSH(user: user, host: String(authority), port: port, path: String(rest[slash...])), text)
    }

    private static func web(_ rest: Substring, in text: String) throws(StrataError) -> HTTPS {
        guard let slash = rest.firstIndex(of: "/") else { throw refusal(text, "it does not name a repository") }
        var host = rest[..<slash]
        guard !host.contains("@") else {
            throw refusal(text, "what is secret in an address ends up in logs; use git.token and git.user")
        }
        var port: UInt16 = 443
        if let colon = host.lastIndex(of: ":") {
            guard let number = UInt16(host[host.index(after: colon)...]), number > 0 else {
                throw refusal(text, "its port is not a number from 1 to 65535")
            }
            port = number
            host = host[..<colon]
        }
        guard let first = host.utf8.first, first != UInt8(ascii: "-"), first != UInt8(ascii: "."),
            host.utf8.allSatisfy({ $0.isASCIIAlphanumeric || ".-_".utf8.contains($0) })
        else { throw refusal(text, "its host name is not valid") }
        var path = rest[slash...]
        while path.hasSuffix("/") { path.removeLast() }
        guard path.utf8.count > 1,
            path.utf8.allSatisfy({ $0.isASCIIAlphanumeric || "/.-_~%+".utf8.contains($0) }),
            path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
                .allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." })
        else { throw refusal(text, "its path is not that of a repository") }
        return HTTPS(host: host.lowercased(), port: port, path: String(path))
    }

    private static func scp(_ text: String, colon: String.Index) throws(StrataError) -> SSH {
        var host = text[..<colon]
        var user = "git"
        if let at = host.lastIndex(of: "@") {
            user = String(host[..<at])
            host = host[host.index(after: at)...]
        }
        let path = String(text[text.index(after: colon)...])
        guard !path.hasPrefix(":") else { throw refusal(text, "remote helpers are not supported") }
        return try checked(SSH(user: user, host: String(host), port: 22, path: path), text)
    }

    /// The path is quoted by libgit2 with plain apostrophes for the server's shell: one inside would end the quotes.
    private static func checked(_ address: SSH, _ text: String) throws(StrataError) -> SSH {
        let name = { (part: String, extra: String) in
            !part.isEmpty && !part.hasPrefix("-")
                && part.unicodeScalars.allSatisfy {
                    $0.properties.isAlphabetic || ("0"..."9").contains($0) || extra.unicodeScalars.contains($0)
                }
        }
        guard name(address.user, "-_.+") else { throw refusal(text, "its user name is not valid") }
        if address.host.hasPrefix("[") {
            throw refusal(
                text, "an IPv6 address cannot be dialled by libgit2; give the host a name in DNS or /etc/hosts")
        }
        guard name(address.host, "-_.") else { throw refusal(text, "its host name is not valid") }
        if address.path.contains("%") {
            throw refusal(
                text, "'%' in its path is not decoded: servers take it literally; write the plain name")
        }
        guard !address.path.contains(where: \.isWhitespace) else {
            throw refusal(text, "its path contains a space; rename the repository")
        }
        guard !address.path.isEmpty, address.path != "/", !address.path.hasPrefix("-"), !address.path.contains("'")
        else { throw refusal(text, "its path is empty, begins with '-' or contains an apostrophe") }
        return address
    }

    private static func refusal(_ text: String, _ why: String) -> StrataError {
        // What stands before an @ may be a password.
        let shown = text.lastIndex(of: "@").map { "…" + text[$0...] } ?? text
        return StrataError(
            .configuration, "'\(shown)' is not the address of a git remote: \(why)",
            hint: "write git@host:owner/name.git, ssh://git@host:port/path, https://host/path, file:///path or a path")
    }
}

extension RemoteAddress: CustomStringConvertible {
    public var description: String {
        switch self {
        case .local(let path): path
        case .ssh(let address): address.description
        case .https(let address): address.description
        }
    }
}

extension RemoteAddress.HTTPS: CustomStringConvertible {
    public var description: String { "https://\(authority)\(path)" }
}

extension RemoteAddress.SSH: CustomStringConvertible {
    /// The form that libgit2 understands: scp's for a relative path, a URL otherwise.
    public var description: String {
        path.hasPrefix("/") ? "ssh://\(user)@\(host):\(port)\(path)" : "\(user)@\(host):\(path)"
    }
}
