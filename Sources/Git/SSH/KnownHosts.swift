import Crypto
import Model

/// Which keys servers must present, from texts in the form of OpenSSH's `known_hosts` (sshd(8)).
///
/// Plain and hashed names, `[host]:port`, lists, `*`, `?` and `!` are understood; `@revoked` keys are refused. Lines of
/// certificate authorities pin nothing here; they are remembered to say so. Nothing is ever learned from a server.
public struct KnownHosts: Sendable {
    private struct Line: Sendable {
        enum Kind { case pin, revoked, authority }
        let names: [Substring]
        let key: SSHPublicKey
        let kind: Kind
    }
    private var lines: [Line] = []

    /// Pins nothing: every server is refused.
    public init() {}

    /// Adds a text's pins.
    /// - Parameter file: where it came from, for the error.
    /// - Throws: `configuration` with the line, for one that is neither a pin, a comment nor blank.
    public mutating func add(_ text: String, from file: String) throws(StrataError) {
        let text = text.hasPrefix("\u{feff}") ? text.dropFirst() : text[...]
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            var fields = line.split(whereSeparator: \.isWhitespace)
            guard let first = fields.first, !first.hasPrefix("#") else { continue }
            let place = StrataError.Place(file: file, line: index + 1)
            let marker = first.hasPrefix("@") ? fields.removeFirst() : nil
            let kind: Line.Kind
            switch marker {
            case nil: kind = .pin
            case "@revoked": kind = .revoked
            case "@cert-authority": kind = .authority
            case let marker?:
                throw StrataError(
                    .configuration, "'\(marker)' is not a known_hosts marker",
                    hint: "use @revoked, @cert-authority or no marker", place: place)
            }
            guard fields.count >= 3, let key = SSHPublicKey("\(fields[1]) \(fields[2])") else {
                throw StrataError(
                    .configuration, "this line is not a host key", hint: "write: host ssh-ed25519 AAAA…",
                    place: place)
            }
            lines.append(Line(names: fields[0].split(separator: ","), key: key, kind: kind))
        }
    }

    /// The keys of which a server must present one; none for an unknown host.
    public func pins(for host: String, port: UInt16) -> [SSHPublicKey] {
        let matching = lines(for: host, port: port)
        let revoked = Set(matching.filter { $0.kind == .revoked }.map(\.key))
        var seen: Set<SSHPublicKey> = []
        return matching.filter { $0.kind == .pin }.map(\.key).filter {
            !revoked.contains($0) && seen.insert($0).inserted
        }
    }

    /// Whether the key is marked as revoked for the host.
    package func revokes(_ key: SSHPublicKey, for host: String, port: UInt16) -> Bool {
        lines(for: host, port: port).contains { $0.kind == .revoked && $0.key == key }
    }

    /// Whether the host is trusted through a certificate authority, which is not offered here.
    func namesAuthority(for host: String, port: UInt16) -> Bool {
        lines(for: host, port: port).contains { $0.kind == .authority }
    }

    private func lines(for host: String, port: UInt16) -> [Line] {
        let name = port == 22 ? host.lowercased() : "[\(host.lowercased())]:\(port)"
        return lines.filter { Self.names($0.names, match: name) }
    }

    /// A list matches if one of its patterns does and none of its negations.
    private static func names(_ patterns: [Substring], match name: String) -> Bool {
        var found = false
        for pattern in patterns {
            if pattern.hasPrefix("!") {
                if glob(Array(pattern.dropFirst().lowercased().utf8)[...], Array(name.utf8)[...]) { return false }
            } else if pattern.hasPrefix("|1|") {
                if hash(pattern, matches: name) { found = true }
            } else if glob(Array(pattern.lowercased().utf8)[...], Array(name.utf8)[...]) {
                found = true
            }
        }
        return found
    }

    /// `|1|salt|HMAC-SHA1(salt, name)`, both in base64.
    private static func hash(_ pattern: Substring, matches name: String) -> Bool {
        let parts = pattern.split(separator: "|")
        guard parts.count == 3, let salt = Base64.decode(parts[1].utf8), let code = Base64.decode(parts[2].utf8) else {
            return false
        }
        return HMAC<Insecure.SHA1>.isValidAuthenticationCode(
            code, authenticating: Array(name.utf8), using: SymmetricKey(data: salt))
    }

    private static func glob(_ pattern: ArraySlice<UInt8>, _ name: ArraySlice<UInt8>) -> Bool {
        guard let first = pattern.first else { return name.isEmpty }
        switch first {
        case UInt8(ascii: "*"):
            return glob(pattern.dropFirst(), name) || (!name.isEmpty && glob(pattern, name.dropFirst()))
        case UInt8(ascii: "?"): return !name.isEmpty && glob(pattern.dropFirst(), name.dropFirst())
        default: return name.first == first && glob(pattern.dropFirst(), name.dropFirst())
        }
    }
}
