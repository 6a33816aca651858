import ArgumentParser
import Git
import Model
import Settings

/// `strata keys`
struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Make, rotate and show the key that pushes the registry.",
        subcommands: [NewKeyCommand.self, RotateKeyCommand.self, ShowKeysCommand.self])
}

/// `strata keys new`
struct NewKeyCommand: StrataCommand {
    static let configuration = CommandConfiguration(
        commandName: "new", abstract: "Make a deploy key in memory and put its private half into the secrets store.",
        discussion: """
            The private half goes to the reference of git.ssh-key and nowhere else: no disk, no terminal. The public \
            half is printed, with where to paste it. A key that is there already is not replaced: see 'keys rotate'.
            """)

    @OptionGroup var common: CommonOptions
    @Flag(help: "Make the key that signs commits (git.sign) instead.") var signing = false

    func run(console: Console) async throws -> ExitStatus {
        let assembly = try await common.assembly(console)
        let reference = try assembly.settings.git.reference(signing: signing)
        let store = try await assembly.secretStore(for: reference)
        guard try await !store.holds(reference) else {
            throw StrataError(
                .conflict, "\(reference) holds a key already", hint: "replace it with 'strata keys rotate'")
        }
        let pair = KeyPair(comment: "strata \(assembly.desired.registry.name)")
        try await store.store(pair.privateKey, as: reference)
        console.note("Stored the private half as \(reference).")
        console.print(pair.publicLine)
        console.note(advice(signing, assembly.settings.git))
        return .done
    }
}

/// `strata keys rotate`
struct RotateKeyCommand: StrataCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate", abstract: "Replace the deploy key; the old one works until the new one has pushed.",
        discussion: """
            Add the printed public half to the repository's deploy keys before you remove the old one. Until the new \
            key is accepted, runs push with the old one and say so. A key that the repository does not accept yet is not \
            replaced again: the one that works would be lost.

            With --signing, the key that signs (git.sign) is replaced: it signs from the next run on, both keys are listed \
            in keys/allowed_signers, and the old one signs that list, so who trusts it can trust the new one.
            """)

    @OptionGroup var common: CommonOptions
    @Flag(help: "Replace the key even if the repository does not accept it, or cannot be reached.") var force = false
    @Flag(help: "Replace the key that signs (git.sign) instead.") var signing = false

    func run(console: Console) async throws -> ExitStatus {
        let assembly = try await common.assembly(console)
        let reference = try assembly.settings.git.reference(signing: signing)
        let previous = try reference.previous
        let store = try await assembly.secretStore(for: reference)
        let old = try await store.fetch(reference)
        if !force, !signing { try await assembly.refuseUnlessInUse(console) }
        // Secrets Manager keeps the former value by itself; those of others are kept beside it.
        if reference.scheme != "secretsmanager" { try await store.store(old, as: previous) }
        let pair = KeyPair(comment: "strata \(assembly.desired.registry.name)")
        try await store.store(pair.privateKey, as: reference)
        console.note("Stored the new private half as \(reference); the old one is \(previous).")
        console.print(pair.publicLine)
        console.note(advice(signing, assembly.settings.git))
        return .done
    }
}

/// `strata keys show`
struct ShowKeysCommand: StrataCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Print the fingerprints of the keys that are in use.")

    @OptionGroup var common: CommonOptions
    @Flag(help: "Print the allowed signers that 'git verify-commit' and 'strata verify' want.") var allowedSigners =
        false

    func run(console: Console) async throws -> ExitStatus {
        let assembly = try await common.assembly(console)
        let git = assembly.settings.git
        if allowedSigners {
            _ = try git.reference(signing: true)
            console.print(try await assembly.allowedSigners().trimmingSuffix("\n"))
            return .done
        }
        if let access = try assembly.sshAccess() {
            let key = try await access.key()
            console.print(
                "push  \(key.publicKey.type) \(key.publicKey.fingerprint)  \(git.sshKey?.description ?? "")")
        }
        if let signing = assembly.signingKey {
            let key = try await signing()
            console.print(
                "sign  \(key.publicKey.type) \(key.publicKey.fingerprint)  \(git.sign?.description ?? "")")
        }
        if case .https = git.remote, let reference = git.pushSecret {
            console.print("push  by \(git.gitHubApp.map { "the App \($0.id)" } ?? "token")  \(reference)")
        }
        if git.secrets.isEmpty { console.print("The configuration names no key.") }
        return .done
    }
}

extension Assembly {
    /// Only one former key is kept. While the repository does not accept the current one, the former is what works, and
    /// another rotation would throw it away.
    fileprivate func refuseUnlessInUse(_ console: Console) async throws {
        guard case .ssh = settings.git.remote, let reference = settings.git.sshKey else { return }
        do {
            let repository = try await repository(currentKeyOnly: true, note: { _ in })
            _ = try await repository.writableTips(of: [settings.git.branch])
        } catch let error as StrataError where error.code == .credentials || error.code == .accessDenied {
            let current = (try? await sshKey(reference))?.publicKey.description
            if let current { console.print(current) }
            throw StrataError(
                .conflict, "the current key is not accepted yet, so it is not replaced: \(error.message)",
                hint:
                    "paste its public half (printed above) as a deploy key with write access; --force replaces it all the same",
                cause: error)
        }
    }
}

private func advice(_ signing: Bool, _ git: GitSettings) -> String {
    signing
        ? "Publish it out of band; 'strata keys show --allowed-signers' prints the line for 'git verify-commit' and 'strata verify'."
        : "Paste it as a deploy key with write access at \(git.remote.url)'s settings."
}

extension GitSettings {
    fileprivate func reference(signing: Bool) throws -> SecretReference {
        guard let reference = signing ? sign : sshKey else {
            let key = signing ? "git.sign" : "git.ssh-key"
            throw StrataError(
                .configuration, "\(key) is not set", hint: "write for example '\(key): secretsmanager:strata/key'")
        }
        return reference
    }
}

extension SecretStore {
    /// Whether there is a value.
    fileprivate func holds(_ reference: SecretReference) async throws -> Bool {
        do {
            _ = try await fetch(reference)
            return true
        } catch let error as StrataError where error.code == .notFound {
            return false
        }
    }
}
