/// A request to merge one branch into another, which people decide on.
public struct MergeRequest: Sendable, Hashable, Codable {
    /// As its host calls it: `pull request #7`, `merge request !7`.
    public let name: String
    /// Its page; nil if the host told none that can be shown.
    public let url: String?

    public init(name: String, url: String?) {
        self.name = name
        self.url = url
    }

    /// The name, and where its page is.
    public var text: String { url.map { "\(name) (\($0))" } ?? name }
}

/// The requests of one branch of the registry to be merged into another, at the host of the repository.
public struct MergeRequests: Sendable {
    /// The one that is open; nil if none is.
    public let find: @Sendable () async throws -> MergeRequest?
    /// Renews the text of the one that is open, or opens one.
    public let put: @Sendable (_ title: String, _ body: String) async throws -> MergeRequest

    public init(
        find: @escaping @Sendable () async throws -> MergeRequest?,
        put: @escaping @Sendable (_ title: String, _ body: String) async throws -> MergeRequest
    ) {
        self.find = find
        self.put = put
    }
}
