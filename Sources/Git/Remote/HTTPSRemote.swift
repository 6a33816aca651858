import Model

/// A repository behind HTTPS, reached through the git worker.
struct HTTPSRemote: Sendable {
    let address: RemoteAddress.HTTPS
    let access: HTTPSAccess
    /// How long the server may be silent, in any phase but the one in which it runs its hooks.
    let patience: Duration
    /// The most that a fetch may bring, in bytes.
    let limit: Int

    /// Carries one operation out in a worker of its own. Blocks; the secret is wiped when it returns.
    func run(
        _ operation: WorkerRequest.Operation, clone: String, home: String, secret: consuming Secret,
        by deadline: Deadline,
        _ cancellation: CancellationSignal
    ) throws(StrataError) -> WorkerEvent {
        var run = try WorkerRun(
            access.worker, home: home, variables: access.workerEnvironment, patience: patience, deadline: deadline)
        let identity = access.identity(for: address.host)
        try run.send(
            WorkerRequest(operation: operation, clone: clone, remote: .https(address, identity), limit: limit), secret)
        let event: WorkerEvent
        do throws(StrataError) { event = try run.result(cancellation) } catch {
            throw error.at(.init(operation: "\(address)"))
        }
        if case .failed(let failure) = event { throw explain(failure, writes: operation.writes) }
        return event
    }

    private func explain(_ failure: WorkerFailure, writes: Bool) -> StrataError {
        let place = StrataError.Place(operation: "\(address)")
        if let refusal = failure.refusal { return explain(refusal, writes: writes).at(place) }
        let code = StrataError.Code(rawValue: failure.code) ?? .git
        guard let git = failure.git else {
            return StrataError(code, failure.message, hint: failure.hint, place: place)
        }
        if git.isUnpackFailure || git.isForeignHash { return git.explained(failure.words).at(place) }
        let words = failure.words.isEmpty ? "" : " (the server said: \(failure.words.joined(separator: "; ")))"
        return StrataError(
            git.isLocal ? .inconsistent : .connection, "\(failure.message)\(words)", place: place, cause: git)
    }

    /// Tells a token that is none from one that may not do this.
    private func explain(_ refusal: HTTPSRefusal, writes: Bool) -> StrataError {
        let words = refusal.words.isEmpty ? "" : ": \(refusal.words.joined(separator: "; "))"
        switch refusal.status {
        case 300..<400:
            let leads = refusal.location.map { " to \(ServerText.line($0.prefix(200)))" } ?? ""
            return StrataError(
                .refused, "the server redirects\(leads); the token is not sent there",
                hint: "write the repository's own address in git.remote, mostly with '.git' at its end")
        case 401:
            return StrataError(
                .credentials, "the server does not accept the token\(words)",
                hint: access.app == nil
                    ? "it may have expired or been revoked: store a new one where git.token points, or check git.user"
                    : "the host that git.remote names does not know the App's tokens: check 'api' in git.github-app")
        case 403:
            return StrataError(
                .accessDenied, "the token is valid, but may not \(writes ? "push to" : "read") the repository\(words)",
                hint: permission(writes: writes))
        case 404:
            return StrataError(
                .notFound, "there is no such repository, or the token may not see it\(words)",
                hint: "check git.remote; a token for chosen repositories must name this one")
        case 407:
            return StrataError(
                .connection, "the proxy wants to know who asks", hint: "put user and password in https_proxy")
        case 413:
            return StrataError(
                .tooLarge, "the server takes no push of this size\(words)",
                hint: "raise the limit of the web server before it (nginx: client_max_body_size)")
        case 429: return StrataError(.throttled, "the server asks for patience\(words)")
        case 200..<300:
            return StrataError(
                .git, "the address answers, but not as a git server does",
                hint: "check git.remote: it is the address that 'git clone' takes")
        default: return StrataError(.unavailable, "the server answered with status \(refusal.status)\(words)")
        }
    }

    private func permission(writes: Bool) -> String {
        if access.app != nil { return "a rule of the repository or of its organisation may refuse Apps" }
        let user = access.identity(for: address.host).user
        switch user {
        case "oauth2":
            return writes
                ? "the token needs the scope write_repository, and the role Developer or Maintainer"
                : "the token needs the scope read_repository"
        case "x-token-auth": return "the token needs the permission repository\(writes ? ":write" : "")"
        default:
            return writes
                ? "the token needs the permission 'Contents: Read and write' (or the scope repo, or write:repository)"
                : "the token needs the permission 'Contents: Read-only'"
        }
    }
}
