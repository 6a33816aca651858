import Files
import FoundationEssentials
import HTTP
import Model

/// In the worker only, where the token is.
extension ForgeRequest {
    /// Looks for the open request; opens one, or renews its text, where a text is given.
    func carryOut(
        as identity: HTTPSIdentity, for address: RemoteAddress.HTTPS, _ secret: borrowing Secret
    ) throws(StrataError) -> MergeRequest? {
        let client = try HTTPClient(.ofThisProcess)
        let token = try identity.token(secret, for: address, .requesting, client)
        let isApp = identity.app != nil
        return try Waiting.value { () async throws(StrataError) in
            try await ForgeClient(forge: forge, client: client, token: token, isApp: isApp).carryOut(self)
        }
    }
}

/// Asks for requests to merge. https://docs.github.com/en/rest/pulls/pulls
/// https://docs.gitlab.com/api/merge_requests/
private struct ForgeClient: Sendable {
    let forge: Forge
    let client: HTTPClient
    let token: String
    let isApp: Bool

    func carryOut(_ request: ForgeRequest) async throws(StrataError) -> MergeRequest? {
        let isGitHub = forge.kind == .gitHub
        let path = isGitHub ? "/repos/\(forge.project)/pulls" : "/projects/\(Self.encode(forge.project))/merge_requests"
        let found = try await find(request, path)
        guard let text = request.text else { return found?.shown(forge) }
        var body = ["title": text.title, isGitHub ? "body" : "description": text.body]
        if let found {
            let one = "\(path)/\(found.identifier)"
            return try await send(isGitHub ? .patch : .put, one, body, as: Found.self).shown(forge)
        }
        body[isGitHub ? "head" : "source_branch"] = request.branch
        body[isGitHub ? "base" : "target_branch"] = request.main
        return try await send(.post, path, body, as: Found.self).shown(forge)
    }

    private static func encode(_ text: String) -> String { PercentEncoding.encode(text) }

    /// The open request of the repository's own branch: one of a fork, whose branch may have the same name, is somebody
    /// else's.
    private func find(_ request: ForgeRequest, _ path: String) async throws(StrataError) -> Found? {
        switch forge.kind {
        case .gitHub:
            let owner = forge.project.prefix { $0 != "/" }
            let query = "state=open&head=\(owner):\(Self.encode(request.branch))&base=\(Self.encode(request.main))"
            return try await send(.get, "\(path)?\(query)", nil, as: [Found].self).first {
                $0.head?.ref == request.branch
                    && $0.head?.repo?.full_name?.lowercased() == forge.project.lowercased()
            }
        case .gitLab:
            let query =
                "state=opened&source_branch=\(Self.encode(request.branch))&target_branch=\(Self.encode(request.main))"
            return try await send(.get, "\(path)?\(query)", nil, as: [Found].self).first {
                $0.source_branch == request.branch && $0.source_project_id != nil
                    && $0.source_project_id == $0.target_project_id
            }
        }
    }

    /// A request, by either host's names.
    private struct Found: Decodable, Sendable {
        struct Head: Decodable {
            struct Repository: Decodable { let full_name: String? }
            let ref: String?
            let repo: Repository?
        }
        let number: Int?
        let iid: Int?
        let html_url: String?
        let web_url: String?
        let head: Head?
        let source_branch: String?
        let source_project_id: Int?
        let target_project_id: Int?

        var identifier: Int { number ?? iid ?? 0 }

        func shown(_ forge: Forge) -> MergeRequest {
            let page = html_url ?? web_url ?? ""
            let isAddress =
                page.hasPrefix("https://") && page.utf8.count <= 500
                && page.utf8.allSatisfy { (0x21...0x7e).contains($0) }
            let name = forge.kind == .gitHub ? "pull request #\(identifier)" : "merge request !\(identifier)"
            return MergeRequest(name: name, url: isAddress ? page : nil)
        }
    }

    private func send<Value: Decodable>(
        _ method: HTTPRequest.Method, _ path: String, _ body: [String: String]?, as: Value.Type
    ) async throws(StrataError) -> Value {
        var request = HTTPRequest(
            method, forge.api + path, headers: ["Authorization": "Bearer \(token)", "User-Agent": "strata"],
            sink: .memory(limit: .mebibytes(4)),
            deadlines: Deadlines(connect: .seconds(10), stall: .seconds(15), total: .seconds(25)))
        if forge.kind == .gitHub {
            request.headers["Accept"] = "application/vnd.github+json"
            request.headers["X-GitHub-Api-Version"] = "2022-11-28"
        }
        if let body {
            guard let bytes = try? JSONEncoder().encode(body) else {
                throw StrataError(.inconsistent, "a request cannot be written")
            }
            request.headers["Content-Type"] = "application/json"
            request.body = .bytes(Array(bytes))
        }
        let response = try await client.send(request)
        guard response.isSuccess else { throw refusal(of: response, writes: body != nil) }
        guard JSONNesting.isWithin(64, response.body),
            let value = try? JSONDecoder().decode(Value.self, from: Data(response.body))
        else { throw StrataError(.unavailable, "\(forge.api) answers otherwise than \(name)'s API does") }
        return value
    }

    private var name: String { forge.kind == .gitHub ? "GitHub" : "GitLab" }
    private var requests: String { forge.kind == .gitHub ? "pull requests" : "merge requests" }

    private func refusal(of response: HTTPResponse, writes: Bool) -> StrataError {
        let words = Self.words(response.body)
        let said = words.isEmpty ? "" : ": \(words)"
        let doing = writes ? "open or renew" : "read"
        let right =
            forge.kind == .gitHub
            ? "it needs the permission 'Pull requests: Read and write' (or the scope repo)"
            : "it needs the scope api, and the role Developer"
        switch response.status {
        case 300..<400:
            return StrataError(
                .refused, "\(name)'s API redirects; it is not followed with a token",
                hint: "the repository may have been renamed: write its own address in git.remote, or in git.api")
        case 401:
            return StrataError(
                .credentials, "\(name)'s API does not accept the token\(said)",
                hint: isApp
                    ? "the host that git.api names does not know the App's tokens"
                    : "it may have expired or been revoked: store a new one where git.token points")
        case 403 where response.headers["x-ratelimit-remaining"] == "0", 429:
            return StrataError(.throttled, "\(name)'s API asks for patience\(said)")
        case 403: return StrataError(.accessDenied, "the token may not \(doing) \(requests)\(said)", hint: right)
        case 404:
            return StrataError(
                .notFound,
                "\(name)'s API knows no repository '\(forge.project)', or the token may not see its \(requests)\(said)",
                hint: "check git.remote and git.api; \(right)")
        case 409, 422: return StrataError(.refused, "\(name) does not take the request to merge\(said)")
        default: return StrataError(.unavailable, "\(name)'s API answered with status \(response.status)\(said)")
        }
    }

    /// What an answer says to people, wherever it stands.
    private static func words(_ body: [UInt8]) -> String {
        struct Detail: Decodable {
            let text: String?
            private enum Keys: String, CodingKey { case message }
            init(from decoder: any Decoder) throws {
                text =
                    (try? decoder.singleValueContainer().decode(String.self))
                    ?? (try? decoder.container(keyedBy: Keys.self).decode(String.self, forKey: .message))
            }
        }
        struct Words: Decodable {
            let texts: [String]
            private enum Keys: String, CodingKey, CaseIterable { case message, error, error_description, errors }
            init(from decoder: any Decoder) throws {
                let fields = try decoder.container(keyedBy: Keys.self)
                texts = Keys.allCases.flatMap { key -> [String] in
                    if let one = try? fields.decode(String.self, forKey: key) { return [one] }
                    return ((try? fields.decode([Detail].self, forKey: key)) ?? []).compactMap(\.text)
                }
            }
        }
        guard body.count <= 1 << 20, JSONNesting.isWithin(32, body),
            let words = try? JSONDecoder().decode(Words.self, from: Data(body))
        else { return "" }
        return ServerText.line(words.texts.joined(separator: "\n"))
    }
}
