/// The words of `strata.yaml`. A key that is not here is refused, and the JSON Schema must hold exactly these.
enum Vocabulary {
    enum Root: String, Keys {
        case version, registry, targets, regions, layers, updates, limits, publish, retention, ledger, git, index
        case cache, parallel, site, checks, licences, vulnerabilities, secrets, notify
    }

    enum Registry: String, Keys {
        case name, url
    }

    /// `regions: { all: aws, except: [me-south-1] }`
    enum Selection: String, Keys {
        case all, except
    }

    /// A layer, or a list of layers (`from:`).
    enum Layer: String, Keys {
        case name, requires, from
        case fromLock = "from-lock"
        case groups, extras
        case versionOf = "version-of"
        case targets, prune, exclude
        case dropConflicts = "drop-conflicts"
        case prefer
        case allowShadowing = "allow-shadowing"
        case allowRecord = "allow-record"
        case sdists, bin, files, provided, with, slim, bytecode, retention, checks, imports, licences
    }

    /// An element of a layer's `files`.
    enum Source: String, Keys {
        case url, path, sha256, take, licence, version
    }

    /// `{ x86_64: …, arm64: … }`
    enum Architectures: String, Keys {
        case x86_64, arm64
    }

    /// `checks: { hold: true, waive: { missing-library: "why" }, imports: sandbox }`
    enum Checks: String, Keys {
        case hold, waive, imports, interpreters, probe
    }

    /// `probe: { region: eu-west-1, role: "arn:aws:iam::111122223333:role/strata-probe" }`, of `checks`
    enum Probe: String, Keys {
        case region, role
    }

    /// `imports: { skip: [package.module] }`, of a layer
    enum Imports: String, Keys {
        case skip, only
    }

    /// `licences: { allow: [MIT], deny: ["AGPL-*"], unknown: allow }`
    enum Licences: String, Keys {
        case allow, deny, unknown
    }

    /// `vulnerabilities: { source: osv, fail: critical, ignore: { PYSEC-2024-1: "why" } }`
    enum Vulnerabilities: String, Keys {
        case source, database, fail, refresh, ignore
    }

    /// `secrets: { commands: { op: [op, read, "{}"] }, vault: { auth: aws, role: strata } }`
    enum Secrets: String, Keys {
        case commands, deadline, vault
    }

    enum Vault: String, Keys {
        case address, namespace, ca, auth, mount, role
        case secretID = "secret-id"
        case serverID = "server-id"
        case region
    }

    /// `notify: { sinks: [{ webhook: env:HOOK, shape: slack, on: [failed] }] }`
    enum Notify: String, Keys {
        case sinks, healthcheck
        case pendingAfter = "pending-after"
        case endingWithin = "ending-within"
        case storageAbove = "storage-above"
        case deadline
    }

    /// An element of `notify.sinks`.
    enum Sink: String, Keys {
        case name, on, sns, webhook, shape, mail, from, sendmail, command
    }

    enum Updates: String, Keys {
        case minimumAge = "minimum-age"
        case dependenciesOnly = "dependencies-only"
    }

    enum Limits: String, Keys {
        case publish, delete
    }

    enum Publish: String, Keys {
        case provider, folder, name, prefix, visibility, partitions, staging, rate, deadlines
    }

    /// `visibility: { organization: o-abc123 }` or `{ accounts: ["111122223333"] }`
    enum Audience: String, Keys {
        case organization, accounts
    }

    enum Partition: String, Keys {
        case account, profile, regions
    }

    enum Staging: String, Keys {
        case bucket, above
    }

    enum Deadlines: String, Keys {
        case connect, call
        case noProgress = "no-progress"
    }

    enum Retention: String, Keys {
        case expire, keep, pin
    }

    /// `ledger: { sqlite: PATH, rebuild: auto }`
    enum Ledger: String, Keys {
        case sqlite, rebuild
    }

    enum Git: String, Keys {
        case remote, branch
        case siteBranch = "site-branch"
        case via, api, author
        case sshKey = "ssh-key"
        case passphrase, token, user
        case gitHubApp = "github-app"
        case hostKeys = "host-keys"
        case sign, renew, deadline, history, folders
    }

    enum GitHubApp: String, Keys {
        case id, installation, key, api
    }

    enum Index: String, Keys {
        case url, extra
        case findLinks = "find-links"
        case noIndex = "no-index"
    }

    enum Cache: String, Keys {
        case folder, size
    }

    enum Parallel: String, Keys {
        case resolve, build
    }

    enum Site: String, Keys {
        case klayersAPI = "api-v2"
        case budget, featured, branch, to, region, cloudfront
        case cacheControl = "cache-control"
        case forGitLab = "gitlab-pages"
    }
}

extension ProjectSettings {
    /// The vocabulary by the names that the JSON Schema gives its parts (`""` is the document itself).
    package static var vocabulary: [String: [String]] {
        func words<Word: Keys>(_: Word.Type) -> [String] { Word.allCases.map(\.rawValue) }
        return [
            "": words(Vocabulary.Root.self), "registry": words(Vocabulary.Registry.self),
            "selection": words(Vocabulary.Selection.self), "layer": words(Vocabulary.Layer.self),
            "updates": words(Vocabulary.Updates.self), "limits": words(Vocabulary.Limits.self),
            "publish": words(Vocabulary.Publish.self), "audience": words(Vocabulary.Audience.self),
            "partition": words(Vocabulary.Partition.self), "staging": words(Vocabulary.Staging.self),
            "deadlines": words(Vocabulary.Deadlines.self), "retention": words(Vocabulary.Retention.self),
            "ledger": words(Vocabulary.Ledger.self), "git": words(Vocabulary.Git.self),
            "githubApp": words(Vocabulary.GitHubApp.self),
            "index": words(Vocabulary.Index.self),
            "cache": words(Vocabulary.Cache.self), "parallel": words(Vocabulary.Parallel.self),
            "site": words(Vocabulary.Site.self), "checks": words(Vocabulary.Checks.self),
            "probe": words(Vocabulary.Probe.self),
            "imports": words(Vocabulary.Imports.self),
            "secrets": words(Vocabulary.Secrets.self), "vault": words(Vocabulary.Vault.self),
            "source": words(Vocabulary.Source.self), "architectures": words(Vocabulary.Architectures.self),
            "licences": words(Vocabulary.Licences.self),
            "vulnerabilities": words(Vocabulary.Vulnerabilities.self),
            "notify": words(Vocabulary.Notify.self), "sink": words(Vocabulary.Sink.self),
        ]
    }
}
