import Files
import FoundationEssentials
import Git
import HTTP
import Model
import Publishing
import Settings

/// What serves the registry: the host's own rules for its branches, and the site. Seen without any token, as a stranger
/// sees it.
extension Assembly {
    /// For a remote on GitHub: what its API tells everybody of a public repository.
    var hosting: [Check] {
        var found: GitHubRepository?
        switch settings.git.remote {
        case .ssh(let address): found = GitHubRepository(address.host, address.path, environment: environment)
        case .https(let url):
            if case .https(let address)? = try? RemoteAddress(url) {
                found = GitHubRepository(address.host, address.path, environment: environment)
            }
        case .folder: break
        }
        guard let repository = found else { return [] }
        let site = settings.site.isOnBranch ? settings.git.siteBranch : nil
        return [
            Check("branches", mend: "look at the repository's page: Settings, Branches and Rules", failure: .warning) {
                try await repository.answer(
                    main: settings.git.via == .push ? settings.git.branch : settings.git.requestBranch,
                    isReplaced: settings.git.via == .pullRequest, site: site, signs: settings.git.sign != nil)
            }
        ]
    }

    /// Whether the address that readers are told serves the site's branch.
    var site: Check {
        Check(
            "site", mend: "see whether 'registry.url' is the site's address, and whether it can be reached from here",
            failure: .warning
        ) {
            let url = desired.registry.url
            guard !Self.isPlaceholder(url) else {
                return .warning(
                    "'registry.url' is \(url), where no site can be",
                    mend: "set it to the site's address once there is one; links in feeds and pages begin with it")
            }
            guard hasRegistry else { return .good("there is nothing to serve yet") }
            let path = "api/v1/index.json"
            guard settings.site.isOnBranch else { return .good("\(url) is served from 'site.to'") }
            let branch = settings.git.siteBranch
            let snapshot = try await remotes { _ in }.look().fetch(branch)
            guard snapshot.tip != nil, let bytes = try await snapshot.withFiles({ try $0.file(path) }) else {
                return .good("'\(branch)' holds nothing to serve yet")
            }
            var request = HTTPRequest(.get, "\(url)/\(path)", sink: .memory(limit: .mebibytes(64)), operation: "site")
            request.redirects = .followed(limit: 5)
            request.acceptsGzip = true
            let response = try await HTTPClient(HTTPClient.Options(environment: environment)).send(request)
            let service =
                "serve '\(branch)' there: on GitHub, Settings, Pages, 'Deploy from a branch', \(branch), / (root)"
            guard response.status == 200 else {
                return .warning("\(url) answers \(response.status) for \(path)", mend: service)
            }
            guard response.body == bytes else {
                return .warning(
                    "\(url) serves something else than '\(branch)' holds now",
                    mend: "wait for some minutes after a push; else \(service)")
            }
            return .good("\(url) serves '\(branch)' as it is")
        }
    }

    /// Names that are kept for examples: https://www.rfc-editor.org/rfc/rfc2606
    private static func isPlaceholder(_ url: String) -> Bool {
        let host = url.drop { $0 != "/" }.drop { $0 == "/" }.prefix { !"/:?#".contains($0) }.lowercased()
        return [".example", ".invalid", ".test"].contains { host.hasSuffix($0) }
            || ["example.org", "example.com", "example.net"].contains { host == $0 || host.hasSuffix(".\($0)") }
    }
}

/// A repository on GitHub, by its API. https://docs.github.com/en/rest
private struct GitHubRepository {
    let api: String
    let name: String
    let environment: [String: String]

    /// - Returns: nil for an address elsewhere. `GITHUB_API_URL` names the API of a server of one's own, as in Actions.
    init?(_ host: String, _ path: String, environment: [String: String]) {
        let isPublic = ["github.com", "ssh.github.com"].contains(host.lowercased())
        let named = environment["GITHUB_API_URL"].flatMap { $0.isEmpty ? nil : $0 }
        guard let api = named ?? (isPublic ? "https://api.github.com" : nil), isPublic || named != nil else {
            return nil
        }
        let path = path.hasSuffix(".git") ? path.dropLast(4) : path[...]
        let parts = path.split(separator: "/")
        guard parts.count == 2,
            parts.allSatisfy({ $0.utf8.allSatisfy { $0.isASCIIAlphanumeric || "-_.".utf8.contains($0) } })
        else { return nil }
        self.api = api
        name = parts.joined(separator: "/")
        self.environment = environment
    }

    private struct Repository: Decodable {
        let archived: Bool?
        let has_pages: Bool?
    }
    private struct Branch: Decodable { let protected: Bool? }
    private struct Rule: Decodable { let type: String }

    /// What an unsigned request gets; nil for 404.
    private func get<Value: Decodable>(_ path: String, as: Value.Type) async throws -> Value? {
        let request = HTTPRequest(
            .get, "\(api)/repos/\(name)\(path)",
            headers: ["Accept": "application/vnd.github+json", "User-Agent": "strata"], operation: "github")
        let response = try await HTTPClient(HTTPClient.Options(environment: environment)).send(request)
        if response.status == 404 { return nil }
        guard response.status == 200 else {
            throw StrataError(
                response.status == 403 || response.status == 429 ? .throttled : .unavailable,
                "GitHub answers \(response.status)",
                hint: "without a token it answers 60 questions an hour: ask later, or look at the repository's page")
        }
        guard JSONNesting.isWithin(32, response.body),
            let value = try? JSONDecoder().decode(Value.self, from: Data(response.body))
        else { throw StrataError(.unavailable, "GitHub's answer is not understood") }
        return value
    }

    /// - Parameter isReplaced: whether `main` is a branch that waits to be merged.
    func answer(main: String, isReplaced: Bool, site: String?, signs: Bool) async throws -> Check.Answer {
        guard let repository = try await get("", as: Repository.self) else {
            return .warning(
                "\(name) is private, or not there: whether its branches are protected and Pages is on cannot be seen "
                    + "without a token",
                mend: "look at its page: Settings, Branches, Rules and Pages")
        }
        guard repository.archived != true else {
            return Check.Answer(
                verdict: .failed, text: "\(name) is archived: nothing can be pushed",
                mend: "unarchive it in its settings")
        }
        var troubles: [String] = []
        for branch in [main, site].compactMap(\.self) {
            let escaped = branch.split(separator: "/").joined(separator: "%2F")
            if try await get("/branches/\(escaped)", as: Branch.self)?.protected == true {
                troubles.append("'\(branch)' is protected")
            }
            let rules = Set(try await get("/rules/branches/\(escaped)", as: [Rule].self)?.map(\.type) ?? [])
            // The site's branch begins a new history now and then, as one that waits to be merged does; main only grows.
            let hindering =
                ["update", "creation", "pull_request", "required_status_checks", "merge_queue"]
                + (signs ? [] : ["required_signatures"]) + (branch == main && !isReplaced ? [] : ["non_fast_forward"])
            let found = hindering.filter { rules.contains($0) }
            if !found.isEmpty { troubles.append("rules of '\(branch)' ask for \(found.joined(separator: ", "))") }
        }
        if site != nil, repository.has_pages == false { troubles.append("Pages is off") }
        guard troubles.isEmpty else {
            return .warning(
                "\(name): \(troubles.joined(separator: "; "))",
                mend:
                    "let the deploy key bypass the rules (Settings, Rules, Bypass list), or give the registry a repository "
                    + "of its own without them"
                    + (site.map { "; Pages: Settings, Pages, 'Deploy from a branch', \($0)" } ?? ""))
        }
        return .good(
            "\(name): nothing forbids pushing to '\(main)'" + (site.map { " and '\($0)', and Pages is on" } ?? ""))
    }
}
