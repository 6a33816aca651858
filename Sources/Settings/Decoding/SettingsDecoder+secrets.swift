import Model

/// The section `secrets`, and references to secrets wherever they stand.
extension SettingsDecoder {
    func secrets(_ value: Value) -> SecretSettings? {
        guard let fields = Fields<Vocabulary.Secrets>(value, "'secrets'") else { return nil }
        var secrets = SecretSettings()
        for (key, value) in fields[.commands]?.asPairs("'secrets.commands'") ?? [] {
            guard let name = key.asText("a command's name"), let words = command(value) else { continue }
            guard name.utf8.count <= 64, name.utf8.allSatisfy({ $0.isASCIIAlphanumeric || "-_".utf8.contains($0) })
            else {
                key.problem(
                    "'\(name.prefix(64))' is not a name for a command", hint: "use letters, digits, '-' and '_'")
                continue
            }
            secrets.commands[name] = words
        }
        secrets.deadline =
            fields[.deadline]?.asDuration("'secrets.deadline'", in: .seconds(1)...(.seconds(600))) ?? secrets.deadline
        secrets.vault = fields[.vault].flatMap(vault) ?? secrets.vault
        return secrets
    }

    /// A program and its arguments. A program in a folder is looked for from the configuration's folder on.
    private func command(_ value: Value) -> [String]? {
        guard let list = value.asList("a command") else { return nil }
        let words = list.compactMap { $0.asText("a word of a command") }
        guard let program = words.first, words.count == list.count else {
            if list.isEmpty { value.problem("a command must name a program", hint: #"write [pass, show, "{}"]"#) }
            return nil
        }
        guard !program.contains("{}") else {
            list[0].problem("the program itself must not be filled in", hint: "put '{}' into one of its arguments")
            return nil
        }
        guard words.count(where: { $0.contains("{}") }) <= 1 else {
            value.problem("only one argument of a command may hold '{}'")
            return nil
        }
        return [program.contains("/") ? resolve(program) : program] + words.dropFirst()
    }

    private enum Method: String, CaseIterable {
        case token, approle, aws
    }

    private func vault(_ value: Value) -> VaultSettings? {
        guard let fields = Fields<Vocabulary.Vault>(value, "'secrets.vault'") else { return nil }
        var vault = VaultSettings()
        vault.address = fields[.address].flatMap {
            webAddress($0, "'secrets.vault.address'", schemes: ["https", "http"])
        }
        vault.namespace = fields[.namespace]?.asText("'secrets.vault.namespace'")
        vault.authorities = fields[.ca].flatMap { path($0, "'secrets.vault.ca'") }
        let method = fields[.auth]?.asChoice("method of 'secrets.vault.auth'", Method.self)
        let secret = fields[.secretID].flatMap { self.secret($0, "'secrets.vault.secret-id'") }
        if secret?.scheme == "vault" {
            fields[.secretID]?.problem("'secret-id' cannot lie in Vault itself", hint: "write env:NAME or file:PATH")
        }
        let mount = fields[.mount]?.asText("'secrets.vault.mount'")
        let role = fields[.role]?.asText("'secrets.vault.role'")
        var others: [Vocabulary.Vault] = []
        switch method {
        case .approle:
            others = [.serverID, .region]
            guard let role, let secret else {
                if fields[.role] == nil || fields[.secretID] == nil {
                    value.problem("'auth: approle' needs 'role' and 'secret-id'")
                }
                return nil
            }
            vault.login = .appRole(mount: mount ?? "approle", role: role, secret: secret)
        case .aws:
            others = [.secretID]
            vault.login = .aws(
                mount: mount ?? "aws", role: role, server: fields[.serverID]?.asText("'secrets.vault.server-id'"),
                region: fields[.region].flatMap(vaultRegion))
        case .token, nil:
            others = [.mount, .role, .secretID, .serverID, .region]
            vault.login = method == .token ? .token : nil
        }
        for key in others {
            fields[key]?.problem(
                "'\(key.rawValue)' is not for \(method.map { "'auth: \($0.rawValue)'" } ?? "a token")",
                hint: method == nil ? "name the method: 'auth: approle' or 'auth: aws'" : nil)
        }
        return vault
    }

    private func vaultRegion(_ value: Value) -> Region? {
        guard let text = value.asText("'secrets.vault.region'") else { return nil }
        if let region = Region(text) { return region }
        value.problem("'\(text.prefix(80))' is not a region", hint: "write it as 'eu-west-1'")
        return nil
    }

    /// A secret by reference. What was written is never quoted: it may be the secret itself.
    func secret(_ value: Value, _ what: String) -> SecretReference? {
        guard let text = value.asText(what) else { return nil }
        guard let reference = SecretReference(text) else {
            let word = String(text.prefix { $0 != ":" })
            let hint =
                switch word {
                case "vault": "write vault:PATH#field"
                case "op": "write op://VAULT/ITEM/FIELD"
                case "gcp-secret", "azure-keyvault":
                    "this store is not read directly: list its own program in 'secrets.commands' and write cmd:NAME"
                default:
                    Suggestion.nearest(to: word, among: SecretReference.schemes).map { "did you mean '\($0):'?" }
                        ?? "write secretsmanager:NAME, ssm:/path, vault:PATH#field, env:NAME, file:PATH, cmd:NAME or op://…"
                }
            value.problem("\(what) is not a secret reference", hint: hint)
            return nil
        }
        if let commands, let command = reference.command, !commands.contains(command) {
            value.problem(
                "'secrets.commands' lists no command '\(command.prefix(64))'",
                hint: command == "op"
                    ? #"write 'secrets: { commands: { op: [op, read, --no-newline, "{}"] } }'"#
                    : Suggestion.hint(for: command, among: commands.sorted()))
            return nil
        }
        return resolved(reference)
    }

    /// The same, with a path that does not begin at the folder where the program runs.
    func resolved(_ reference: SecretReference) -> SecretReference {
        guard reference.scheme == "file" else { return reference }
        return SecretReference("file:" + resolve(reference.name)) ?? reference
    }
}
