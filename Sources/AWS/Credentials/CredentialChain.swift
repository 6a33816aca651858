import Model

/// Asks the links in order, once for all callers, and again before the credentials expire.
public actor CredentialChain {
    /// Which link answered.
    public struct Origin: Sendable, Hashable {
        public let link: String
        public let expires: Timestamp?
    }

    private struct Answer {
        let credentials: Credentials
        let link: String
    }

    private let links: [CredentialLink]
    private let now: @Sendable () -> Timestamp
    private var current: Answer?
    private var asking: Task<Result<Answer, StrataError>, Never>?

    /// Renewed this long before they expire, so that no request is signed with credentials that end on the way.
    private static let margin = Duration.seconds(300)

    public init(_ links: [CredentialLink], now: @escaping @Sendable () -> Timestamp) {
        self.links = links
        self.now = now
    }

    /// Credentials that are good for some minutes.
    ///
    /// - Throws: `.credentials` if no link has any, or what the link that should have them says. While the old ones
    ///   are still good, a failure to renew them is not an error.
    public func credentials() async throws(StrataError) -> Credentials { try await answer().credentials }

    /// Which link the credentials come from; asks for them if that has not happened yet.
    public func origin() async throws(StrataError) -> Origin {
        let answer = try await answer()
        return Origin(link: answer.link, expires: answer.credentials.expires)
    }

    /// Forgets credentials that a service has called expired, unless they have been replaced meanwhile.
    public func discard(_ credentials: Credentials) {
        if current?.credentials === credentials { current = nil }
    }

    private func answer() async throws(StrataError) -> Answer {
        if let current, current.credentials.expires.map({ now() + Self.margin < $0 }) ?? true { return current }
        let task = asking ?? Task { await ask() }
        asking = task
        let result = await task.value
        if asking == task { asking = nil }
        switch result {
        case .success(let answer):
            current = answer
            return answer
        case .failure(let error):
            if let current, current.credentials.expires.map({ now() < $0 }) ?? true { return current }
            throw error
        }
    }

    private func ask() async -> Result<Answer, StrataError> {
        do throws(StrataError) {
            for link in links {
                if let credentials = try await link.fetch() {
                    return .success(Answer(credentials: credentials, link: link.name))
                }
            }
            throw StrataError(
                .credentials, "no AWS credentials were found: asked \(links.map(\.name).joined(separator: ", "))",
                hint: "set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; 'strata doctor' shows the links")
        } catch {
            return .failure(error)
        }
    }
}
