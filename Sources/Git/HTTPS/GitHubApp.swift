import FoundationEssentials
import Glibc
import HTTP
import Model

/// A GitHub App, installed where the registry's repository is. Its private key is a secret and not in here.
public struct GitHubApp: Sendable, Hashable, Codable {
    /// The App's id, or its client id.
    public var id: String
    /// The number of its installation in the organisation or account.
    public var installation: Int
    /// The API's address; nil: what the remote's host has.
    public var api: String?

    /// What a token is asked for.
    enum Right {
        case reading, writing, requesting

        var permissions: [String: String] {
            switch self {
            case .reading: ["contents": "read"]
            case .writing: ["contents": "write"]
            case .requesting: ["contents": "read", "pull_requests": "write"]
            }
        }
        var name: String {
            switch self {
            case .reading: "'Contents: Read-only'"
            case .writing: "'Contents: Read and write'"
            case .requesting: "'Pull requests: Read and write'"
            }
        }
        /// To be followed by the repository.
        var doing: String {
            switch self {
            case .reading: "read"
            case .writing: "write to"
            case .requesting: "open pull requests in"
            }
        }
    }

    public init(id: String, installation: Int, api: String? = nil) {
        self.id = id
        self.installation = installation
        self.api = api
    }

    /// `api.github.com`; the same below a name of one's own at `ghe.com`; `/api/v3` of a server of one's own.
    func api(for address: RemoteAddress.HTTPS) -> String {
        api ?? Forge.gitHubService(address) ?? "https://\(address.authority)/api/v3"
    }

    /// Asks for an installation's token, which holds for an hour at most.
    /// https://docs.github.com/en/rest/apps/apps#create-an-installation-access-token-for-an-app
    /// - Throws: `credentials` when the App or its key is not known, `accessDenied` when the installation may not do this,
    ///   `notFound` when there is no such installation, `unavailable`.
    func token(
        _ key: AppKey, for address: RemoteAddress.HTTPS, _ right: Right, _ client: HTTPClient
    ) async throws(StrataError) -> String {
        struct Wish: Encodable {
            let repositories: [String]
            let permissions: [String: String]
        }
        struct Token: Decodable {
            let token: String
        }
        let now = Int(time(nil))
        let url = "\(api(for: address))/app/installations/\(installation)/access_tokens"
        var request = HTTPRequest(
            .post, url,
            headers: [
                "Accept": "application/vnd.github+json",
                "Authorization": "Bearer \(try key.token(issuer: id, now: now))",
                "Content-Type": "application/json", "X-GitHub-Api-Version": "2022-11-28",
            ], sink: .memory(limit: .mebibytes(1)),
            deadlines: Deadlines(connect: .seconds(20), stall: .seconds(30), total: .seconds(60)))
        let wish = Wish(repositories: [address.name], permissions: right.permissions)
        guard let body = try? JSONEncoder().encode(wish) else {
            throw StrataError(.inconsistent, "a request cannot be written")
        }
        request.body = .bytes(Array(body))
        let response = try await client.send(request)
        guard response.status == 201 else { throw refusal(of: response, for: address, right, now: now) }
        guard let answer = try? JSONDecoder().decode(Token.self, from: Data(response.body)), !answer.token.isEmpty,
            answer.token.utf8.allSatisfy({ (0x21...0x7e).contains($0) })
        else { throw StrataError(.unavailable, "\(url) answered without a token") }
        return answer.token
    }

    private func refusal(
        of response: HTTPResponse, for address: RemoteAddress.HTTPS, _ right: Right, now: Int
    ) -> StrataError {
        struct Words: Decodable {
            let message: String?
        }
        let words =
            (try? JSONDecoder().decode(Words.self, from: Data(response.body)))?.message
            .map { ": \(ServerText.line($0))" } ?? ""
        switch response.status {
        case 300..<400:
            return StrataError(
                .refused, "the API's address redirects; it is not followed with a credential",
                hint: "set 'api' in git.github-app to the address that holds")
        case 401:
            let ahead = response.head.serverDate.map { now - $0.seconds } ?? 0
            return StrataError(
                .credentials, "the App \(id) is not accepted\(words)",
                hint: abs(ahead) > 60
                    ? "this machine's clock is \(abs(ahead)) s \(ahead > 0 ? "ahead of" : "behind") the server's: set it"
                    : "check the id in git.github-app, and that its key was not deleted in the App's settings")
        case 403:
            return StrataError(
                .accessDenied, "the installation \(installation) of the App \(id) may not be used\(words)",
                hint: "an owner may have suspended it, or the address of this machine may not be allowed")
        case 404:
            return StrataError(
                .notFound, "the App \(id) has no installation \(installation)\(words)",
                hint: "install it where \(address) is; the number stands at the end of its settings' address")
        case 422:
            return StrataError(
                .accessDenied,
                "the App \(id) may not \(right.doing) the repository '\(address.name)'\(words)",
                hint: "it needs the permission \(right.name), accepted by an owner, and the repository in its "
                    + "installation's list")
        case 429: return StrataError(.throttled, "the App's API asks for patience\(words)")
        default: return StrataError(.unavailable, "the App's API answered with status \(response.status)\(words)")
        }
    }
}
