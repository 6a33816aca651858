import HTTP
import Model

/// A look at whether the indexes answer; nothing is read of what they say.
public struct IndexProbe: Sendable {
    /// How one index answered.
    public struct Answer: Sendable {
        /// Without credentials.
        public let address: String
        /// Whether it has the package.
        public let hasPackage: Bool
        /// Its clock.
        public let date: Timestamp?
    }

    private let settings: IndexSettings
    private let access: IndexAccess

    public init(_ settings: IndexSettings, environment: [String: String]) throws(StrataError) {
        self.settings = settings
        access = IndexAccess(
            try HTTPClient(HTTPClient.Options(environment: environment)), settings: settings, environment: environment,
            retry: .never)
    }

    /// Asks each index for the page of a package, by its head.
    ///
    /// - Returns: in the order in which they are asked; empty where only folders are.
    /// - Throws: for the first that does not answer, as it should say.
    public func ask(for package: PackageName) async throws(StrataError) -> [Answer] {
        var answers: [Answer] = []
        for index in settings.indexes {
            var request = access.request(index.page(of: package))
            request.method = .head
            let response = try await access.head(request)
            answers.append(
                Answer(
                    address: HTTPRequest.redacted(index.address), hasPackage: response.isSuccess,
                    date: response.serverDate))
        }
        return answers
    }
}
