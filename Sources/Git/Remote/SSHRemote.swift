import Model

/// A repository behind SSH, reached through the git worker.
struct SSHRemote: Sendable {
    let address: RemoteAddress.SSH
    let access: SSHAccess
    /// How long the server may be silent, in any phase but the one in which it runs its hooks.
    let patience: Duration
    /// The most that a fetch may bring, in bytes.
    let limit: Int

    /// Carries one operation out in a worker of its own. Blocks; the key is wiped when it returns.
    func run(
        _ operation: WorkerRequest.Operation, clone: String, home: String, key: consuming SSHKey, by deadline: Deadline,
        _ cancellation: CancellationSignal
    ) throws(StrataError) -> WorkerEvent {
        var run = try WorkerRun(access.worker, home: home, patience: patience, deadline: deadline)
        let request = WorkerRequest(
            operation: operation, clone: clone,
            remote: .ssh(address, pins: access.hosts.pins(for: address.host, port: address.port)), limit: limit)
        try run.send(request, key.text, passphrase: key.passphrase)
        let event: WorkerEvent
        do throws(StrataError) { event = try run.result(cancellation) } catch {
            throw error.at(.init(operation: "\(address)"))
        }
        if case .failed(let failure) = event { throw explain(failure, key: key.publicKey) }
        return event
    }

    /// One line that says what went wrong in the words of somebody who has seen it before.
    private func explain(_ failure: WorkerFailure, key: SSHPublicKey) -> StrataError {
        let place = StrataError.Place(operation: "\(address)")
        if let presented = failure.presented { return access.hosts.refusal(of: presented, by: address, place) }
        if failure.keyRefused {
            return StrataError(
                .credentials, "the server refused the key \(key.fingerprint) for the user '\(address.user)'",
                hint: "register its public half as a deploy key with write access, or check git.ssh-key", place: place)
        }
        guard let git = failure.git else {
            return StrataError(StrataError.Code(rawValue: failure.code) ?? .git, failure.message, place: place)
        }
        if let missing = failure.offer?.missing, !missing.isEmpty {
            return StrataError(
                .unsupported,
                "the server shares no algorithm with the SSH library: it offers only \(missing.joined(separator: ", "))",
                hint:
                    "libssh2 1.10 has no ETM MACs, no AEAD ciphers and no SHA-2 for RSA host keys: "
                    + "let the server offer hmac-sha2-256, aes256-ctr and an ed25519 or ECDSA host key",
                place: place, cause: git)
        }
        if failure.phase == .authenticate, git.isUnusableKey {
            return StrataError(
                .credentials, "the SSH key \(key.fingerprint) cannot be used: \(git.words)",
                hint: "if it is protected, check git.passphrase", place: place, cause: git)
        }
        if git.isFarewell, failure.phase == .authenticate {
            // Before it listed anything: no such repository, no access, a shell that is none. All of it in its words.
            return StrataError(
                .accessDenied, "the server said: \(git.trimmedWords)",
                hint: git.isReadOnlyKey
                    ? "the deploy key may only read: register it again with write access"
                    : "check git.remote and what the key may do", place: place, cause: git)
        }
        if git.isUnpackFailure || git.isForeignHash { return git.explained(failure.words).at(place) }
        if git.isFarewell {
            return StrataError(
                .connection, "the server ended the connection while \(failure.phase.doing): \(git.trimmedWords)",
                place: place, cause: git)
        }
        let words = failure.words.isEmpty ? "" : " (the server said: \(failure.words.joined(separator: "; ")))"
        return StrataError(
            git.isLocal ? .inconsistent : .connection, "\(failure.message)\(words)", place: place, cause: git)
    }
}

extension GitFailure {
    /// What a server says of objects, over any connection.
    func explained(_ words: [String]) -> StrataError {
        isUnpackFailure
            ? StrataError(
                .git,
                "the server accepted the objects but could not unpack them: "
                    + (words.isEmpty ? self.words : words.joined(separator: "; ")),
                hint: "check that its disk is not full, and that the repository's owner can write to it", cause: self)
            : StrataError(
                .unsupported, "the repository names its objects by SHA-256, which libgit2 1.5 does not support",
                hint: "make the registry with 'git init --bare --object-format=sha1'", cause: self)
    }
}
