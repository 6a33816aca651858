/// Where secrets live. The `env:` and `file:` stores are the user's own choice; AWS has two more.
public protocol SecretStore: Sendable {
    /// The scheme of the references that it answers: `secretsmanager`, `ssm`, `env`, `file`.
    var scheme: String { get }
    /// - Throws: `notFound`, `accessDenied`, or `configuration` for a name that it does not accept.
    func fetch(_ reference: SecretReference) async throws -> Secret
    /// Creates or replaces a secret. - Throws: `unsupported` for stores that are read only.
    func store(_ secret: borrowing Secret, as reference: SecretReference) async throws
}

/// A secret by reference: `secretsmanager:NAME[#json-field][@version]`, `ssm:/path`, `env:NAME`, `file:PATH`.
public struct SecretReference: Sendable, Hashable, LosslessStringConvertible, Codable {
    public let scheme: String
    public let name: String
    /// The member of a JSON object that is meant.
    public let field: String?
    /// A version's id or stage.
    public let version: String?

    public init?(_ description: String) {
        guard let colon = description.firstIndex(of: ":") else { return nil }
        scheme = String(description[..<colon])
        var rest = description[description.index(after: colon)...]
        guard ["secretsmanager", "ssm", "env", "file"].contains(scheme), !rest.isEmpty,
            rest.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7f })
        else { return nil }
        var field: String?
        var version: String?
        if scheme == "secretsmanager" {
            if let at = rest.lastIndex(of: "@") {
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
    }

    public var description: String {
        "\(scheme):\(name)" + (field.map { "#\($0)" } ?? "") + (version.map { "@\($0)" } ?? "")
    }
    public init(from decoder: any Decoder) throws { self = try decoder.decodeLossless() }
    public func encode(to encoder: any Encoder) throws { try encoder.encodeDescription(of: self) }
}
