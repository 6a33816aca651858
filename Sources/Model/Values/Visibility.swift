/// Who may read a published layer.
public enum Visibility: Sendable, Hashable, Codable {
    /// Only the account that published it.
    case `private`
    /// Everybody: principal `*`.
    case `public`
    /// The accounts of an AWS organisation, by its id.
    case organization(String)
    /// These accounts.
    case accounts([String])

    /// One permission statement of a layer version's policy.
    public struct Grant: Sendable, Hashable, Codable {
        /// The statement's id, unique in the policy.
        public let statement: String
        public let principal: String
        public let organization: String?

        public init(statement: String, principal: String, organization: String? = nil) {
            self.statement = statement
            self.principal = principal
            self.organization = organization
        }
    }

    /// The statements that bring it about; none for `private`.
    /// https://docs.aws.amazon.com/lambda/latest/api/API_AddLayerVersionPermission.html
    public var grants: [Grant] {
        switch self {
        case .private: []
        case .public: [Grant(statement: "strata-public", principal: "*")]
        case .organization(let id): [Grant(statement: "strata-\(id)", principal: "*", organization: id)]
        case .accounts(let ids): Set(ids).sorted().map { Grant(statement: "strata-\($0)", principal: $0) }
        }
    }
}
