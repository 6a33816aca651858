import Model
import Settings

/// Writes settings as YAML, in one of the many ways that mean the same.
struct SettingsWriter {
    let settings: ProjectSettings
    var random: SplitMix

    /// The document, with its sections in a random order.
    mutating func yaml() -> String {
        let desired = settings.desired
        var sections = [
            "version: 1", "registry: { name: \(quote(desired.registry.name)), url: \(quote(desired.registry.url)) }",
            "targets: [\(Target.buildable.map(\.description).joined(separator: ", "))]", layers(), publish(),
            "updates: { minimum-age: \(span(desired.updates.minimumAge)), "
                + "dependencies-only: \(span(desired.updates.dependenciesOnly)) }",
            "limits: { publish: \(desired.limits.publish), delete: \(desired.limits.delete) }",
            "retention: \(retention(desired.retention))", "ledger: \(ledger())", git(), secrets(), index(),
            site(),
            "cache: { size: \(settings.cache.size.bytes)B\(settings.cache.folder.map { ", folder: \(quote($0))" } ?? "") }",
        ]
        if let policy = desired.advisories {
            let ignored = policy.ignore.map { "\($0.key): \(quote($0.value))" }.joined(separator: ", ")
            sections.append(
                "vulnerabilities: { source: osv, database: \(quote(policy.database)), fail: \(policy.fail.rawValue), "
                    + "refresh: \(span(policy.refresh)), ignore: { \(ignored) } }")
        }
        sections.append(notify())
        let parallel = [("resolve", settings.parallel.resolve), ("build", settings.parallel.build)]
            .compactMap { key, count in count.map { "\(key): \($0)" } }
        let interpreters = settings.interpreters.map { "\($0.key): \(quote($0.value))" }.joined(separator: ", ")
        let probe = settings.probe.map { ", probe: { region: \($0.region), role: \(quote($0.role)) }" } ?? ""
        sections.append("checks: { interpreters: { \(interpreters) }\(probe) }")
        sections.append("parallel: { \(parallel.joined(separator: ", ")) }")
        return sections.shuffled(using: &random).joined(separator: "\n") + "\n"
    }

    private func notify() -> String {
        let notify = settings.notify
        let sinks = notify.sinks.map { sink in
            let place =
                switch sink.place {
                case .sns(let topic): "sns: \(quote(topic))"
                case .webhook(let reference, let shape): "webhook: \(quote("\(reference)")), shape: \(shape.rawValue)"
                case .mail(let to, let from, let sendmail):
                    "mail: [\(to.map(quote).joined(separator: ", "))], sendmail: \(quote(sendmail))"
                        + (from.map { ", from: \(quote($0))" } ?? "")
                case .command(let command): "command: [\(command.map(quote).joined(separator: ", "))]"
                }
            return "{ name: \(sink.name), on: [\(sink.kinds.map(\.rawValue).joined(separator: ", "))], \(place) }"
        }
        var keys = [
            "sinks: [\(sinks.joined(separator: ", "))]", "pending-after: \(span(notify.pendingAfter))",
            "ending-within: \(span(notify.endingWithin))", "storage-above: \(notify.storageAbove)",
            "deadline: \(span(notify.deadline))",
        ]
        switch notify.healthcheck {
        case .url(let url): keys.append("healthcheck: \(quote(url))")
        case .secret(let reference): keys.append("healthcheck: \(quote("\(reference)"))")
        case nil: break
        }
        return "notify: { \(keys.joined(separator: ", ")) }"
    }

    private func layers() -> String {
        let layers = settings.desired.layers.map { layer in
            var keys = [
                "name: \(layer.name)", "requires: [\(layer.requires.map { quote("\($0)") }.joined(separator: ", "))]",
                "targets: [\(layer.targets.map(\.description).joined(separator: ", "))]",
                "prune: [\(layer.options.prune.map(\.rawValue).joined(separator: ", "))]",
                "exclude: [\(layer.options.exclude.map(quote).joined(separator: ", "))]",
                "drop-conflicts: [\(layer.options.dropConflicts.map(quote).joined(separator: ", "))]",
                "prefer: { \(layer.options.prefer.map { "\(quote($0.pattern)): \($0.package)" }.joined(separator: ", ")) }",
                "allow-shadowing: [\(layer.options.allowShadowing.joined(separator: ", "))]",
                "allow-record: [\(layer.options.allowRecord.map { quote("\($0)") }.joined(separator: ", "))]",
                "bin: [\(layer.options.bin.map(quote).joined(separator: ", "))]",
                "files: [\(layer.options.files.map(source).joined(separator: ", "))]",
                "provided: [\(layer.options.provided.map(\.text).joined(separator: ", "))]",
                "slim: \(layer.options.slim)", "sdists: [\(layer.sdists.map(\.text).joined(separator: ", "))]",
            ]
            keys.append("bytecode: \(layer.options.bytecode?.scope.rawValue ?? "none")")
            let waived = layer.checks.waive.map { "\($0.key.rawValue): \(quote($0.value))" }.joined(separator: ", ")
            let imports = layer.checks.imports
            keys.append(
                "checks: { hold: \(layer.checks.hold), waive: { \(waived) }, imports: \(imports.place.rawValue) }")
            keys.append(
                "imports: { skip: [\(imports.skip.joined(separator: ", "))], only: [\(imports.only.joined(separator: ", "))] }"
            )
            let licenses = layer.checks.licenses
            keys.append(
                "licences: { allow: [\(licenses.allow.map(quote).joined(separator: ", "))], "
                    + "deny: [\(licenses.deny.map(quote).joined(separator: ", "))], unknown: \(licenses.unknown.rawValue) }"
            )
            if let own = layer.retention { keys.append("retention: \(retention(own))") }
            return "  - " + keys.joined(separator: "\n    ")
        }
        return "layers:\n" + layers.joined(separator: "\n")
    }

    private func source(_ source: FileSource) -> String {
        func each(_ value: (FileSource.Pin) -> String) -> String {
            "{ \(source.pins.map { "\($0.architecture.rawValue): \(quote(value($0)))" }.joined(separator: ", ")) }"
        }
        let take = source.take.map { "\(quote($0.pattern)): \(quote($0.destination))" }.joined(separator: ", ")
        var keys = ["url: \(each(\.url))", "sha256: \(each(\.sha256.hex))", "take: { \(take) }"]
        if let licence = source.licence { keys.append("licence: \(quote(licence))") }
        if let version = source.version { keys.append("version: \(quote(version))") }
        return "{ \(keys.joined(separator: ", ")) }"
    }

    private func publish() -> String {
        let publish = settings.publish
        let visibility =
            switch settings.desired.visibility {
            case .private: "private"
            case .public: "public"
            case .organization(let id): "{ organization: \(id) }"
            case .accounts(let ids): "{ accounts: [\(ids.map(quote).joined(separator: ", "))] }"
            }
        var lines = [
            "provider: \(publish.provider.rawValue)", "folder: \(quote(publish.folder))",
            "name: \(quote(settings.desired.naming.text))", "prefix: \(settings.desired.naming.prefix)",
            "visibility: \(visibility)", "rate: \(publish.rate)",
            "deadlines: { connect: \(span(publish.deadlines.connect)), call: \(span(publish.deadlines.call)), "
                + "no-progress: \(span(publish.deadlines.noProgress)) }",
        ]
        if let staging = publish.staging {
            lines.append("staging: { bucket: \(quote(staging.bucket)), above: \(staging.above.bytes)B }")
        }
        lines.append("partitions:")
        for partition in publish.partitions {
            let name = partition.partition.rawValue
            let regions =
                switch partition.regions {
                case .these(let regions): "[\(regions.map(\.code).joined(separator: ", "))]"
                case .all(let except):
                    except.isEmpty ? "all" : "{ all: \(name), except: [\(except.map(\.code).joined(separator: ", "))] }"
                }
            var keys = ["regions: \(regions)"]
            if let account = partition.account { keys.append("account: \"\(account)\"") }
            if let profile = partition.profile { keys.append("profile: \(quote(profile))") }
            lines.append("  \(name): { \(keys.joined(separator: ", ")) }")
        }
        return "publish:\n  " + lines.joined(separator: "\n  ")
    }

    private func ledger() -> String {
        switch settings.ledger {
        case .sqlite(let path) where settings.rebuildsLedger: "{ sqlite: \(quote(path)), rebuild: auto }"
        case .sqlite(let path): quote("sqlite:\(path)")
        case .dynamodb(let table, let region): quote("dynamodb:\(table)\(region.map { "@\($0)" } ?? "")")
        }
    }

    private func git() -> String {
        let git = settings.git
        var keys = [
            "remote: \(quote(git.remote.url))", "branch: \(git.branch)", "site-branch: \(git.siteBranch)",
            "author: \(quote("\(git.author.name) <\(git.author.email)>"))",
            "host-keys: [\(git.hostKeys.map(quote).joined(separator: ", "))]", "deadline: \(span(git.deadline))",
            "history: \(git.history)",
        ]
        for (key, secret) in git.secrets where key != "github-app.key" {
            keys.append("\(key): \(quote("\(secret)"))")
        }
        if git.via != .push { keys.append("via: \(git.via.rawValue)") }
        if let api = git.api { keys.append("api: \(quote(api))") }
        if let user = git.user { keys.append("user: \(quote(user))") }
        if let app = git.gitHubApp {
            let api = app.api.map { ", api: \(quote($0))" } ?? ""
            keys.append(
                "github-app: { id: \(app.id), installation: \(app.installation), key: \(quote("\(app.key)"))\(api) }")
        }
        if let folders = git.folders { keys.append("folders: \(folders.rawValue)") }
        if let renew = git.renew { keys.append("renew: \(span(renew))") }
        return "git: { \(keys.joined(separator: ", ")) }"
    }

    private func site() -> String {
        let site = settings.site
        var keys = ["branch: \(site.isOnBranch)", "gitlab-pages: \(site.isForGitLab)"]
        if let place = site.place { keys.append("to: \(quote(place.text))") }
        if case .bucket(let bucket)? = site.place {
            keys += ["region: \(bucket.region)", "cache-control: \(quote(bucket.cacheControl))"]
            if let id = bucket.cloudfront { keys.append("cloudfront: \(id)") }
        }
        return "site: { \(keys.joined(separator: ", ")) }"
    }

    private func secrets() -> String {
        let secrets = settings.secrets
        let commands = secrets.commands.map { "\(quote($0.key)): [\($0.value.map(quote).joined(separator: ", "))]" }
        let vault = secrets.vault
        var keys = [("address", vault.address), ("namespace", vault.namespace), ("ca", vault.authorities)]
        switch vault.login {
        case .token: keys.append(("auth", "token"))
        case .appRole(let mount, let role, let secret):
            keys += [("auth", "approle"), ("mount", mount), ("role", role), ("secret-id", secret.description)]
        case .aws(let mount, let role, let server, let region):
            keys += [
                ("auth", "aws"), ("mount", mount), ("role", role), ("server-id", server), ("region", region?.code),
            ]
        case nil: break
        }
        let written = keys.compactMap { key, value in value.map { "\(key): \(quote($0))" } }.joined(separator: ", ")
        return "secrets: { commands: { \(commands.joined(separator: ", ")) }, deadline: \(span(secrets.deadline)), "
            + "vault: { \(written) } }"
    }

    private func index() -> String {
        let index = settings.index
        var keys = ["no-index: \(index.noIndex)"]
        if let url = index.url { keys.append("url: \(quote(url))") }
        if !index.extra.isEmpty { keys.append("extra: [\(index.extra.map(quote).joined(separator: ", "))]") }
        if !index.findLinks.isEmpty {
            keys.append("find-links: [\(index.findLinks.map(quote).joined(separator: ", "))]")
        }
        return "index:\n  " + keys.joined(separator: "\n  ")
    }

    private func retention(_ policy: RetentionPolicy) -> String {
        "{ expire: \(span(policy.expire)), keep: \(policy.keep) }"
    }

    private func span(_ duration: Duration) -> String { duration.spanText }

    private func quote(_ text: String) -> String {
        "\"\(text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
    }
}
