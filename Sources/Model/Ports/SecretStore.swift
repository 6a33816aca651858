/// Where secrets live. The `env:`, `file:` and `cmd:` stores are the user's own choice; AWS has two, and Vault is one.
public protocol SecretStore: Sendable {
    /// The scheme of the references that it answers: one of `SecretReference.schemes`.
    var scheme: String { get }
    /// - Throws: `notFound`, `accessDenied`, or `configuration` for a name that it does not accept.
    func fetch(_ reference: SecretReference) async throws -> Secret
    /// Creates or replaces a secret. - Throws: `unsupported` for stores that are read only.
    func store(_ secret: borrowing Secret, as reference: SecretReference) async throws
}

/// A secret by reference: `secretsmanager:NAME[#json-field][@version]`, `ssm:/path`, `vault:PATH#field[@version]`,
/// `env:NAME`, `file:PATH`, `cmd:COMMAND[:ARGUMENT]`, `op://VAULT/ITEM/FIELD`.
public struct SecretReference: Sendable, Hashable, LosslessStringConvertible, Codable {
    /// The schemes that there are stores for.
    public static let schemes = ["secretsmanager", "ssm", "vault", "env", "file", "cmd", "op"]

    public let scheme: String
    public let name: String
    /// The member of a JSON object, or of a secret in Vault, that is meant.
    public let field: String?
    /// A version's id or stage; in Vault its number.
    public let version: String?

    public init?(_ description: String) {
        guard let colon = description.firstIndex(of: ":") else { return nil }
        scheme = String(description[..<colon])
        var rest = description[description.index(after: colon)...]
        guard Self.schemes.contains(scheme), !rest.isEmpty,
            rest.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7f })
        else { return nil }
        var field: String?
        var version: String?
        if scheme == "secretsmanager" || scheme == "vault" {
            // A name may hold an '@' itself: a version comes after the field.
            if let at = rest.lastIndex(of: "@"), !rest[at...].contains("#") {
                version = String(rest[rest.index(after: at)...])
                rest = rest[..<at]
            }
            if let hash = rest.lastIndex(of: "#") {
                field = String(rest[rest.index(after: hash)...])
                rest = rest[..<hash]
            }
        }
        guard !rest.isEmpty, field != "", version != "" else { return nil }
        name = String(rest)
        self.field = field
        self.version = version
        if scheme == "vault" {
            guard field != nil, version.map({ (UInt32($0) ?? 0) > 0 }) ?? true else { return nil }
        }
        if scheme == "op" {
            guard name.hasPrefix("//"), name.dropFirst(2).split(separator: "/").count >= 3 else { return nil }
        }
    }

    /// The command that prints the secret, by the name that the configuration gives it; nil for other stores.
    public var command: String? {
        switch scheme {
        case "cmd": String(name.prefix { $0 != ":" })
        case "op": "op"
        default: nil
        }
    }

    public var description: String {
        "\(scheme):\(name)" + (field.map { "#\($0)" } ?? "") + (version.map { "@\($0)" } ?? "")
    }
    public init(from decoder: any Decoder) throws { self = try decoder.decodeLossless() }
    public func encode(to encoder: any Encoder) throws { try encoder.encodeDescription(of: self) }
}
