import FoundationEssentials
import Model

/// A configuration to begin with, as `strata init` writes it from answers or from a project.
struct ConfigurationDraft: Sendable {
    /// Where layers are published, and where the registry is.
    enum Place: Sendable, Hashable {
        /// A folder that stands in for Lambda; the registry beside it.
        case local
        /// Lambda; the registry in a folder.
        case aws(account: String)
        /// Lambda; the registry and its site on GitHub.
        case github(account: String, repository: String)
    }

    enum Layer: Sendable, Hashable {
        case single(Requirement)
        case group(LayerName, [Requirement])
        /// What a file locks, by its path from the configuration's folder.
        case locked(LayerName, path: String)
    }

    var name = "My layers"
    var place = Place.local
    var targets = ConfigurationDraft.standardTargets
    /// Codes, or `all` alone.
    var regions = ["us-east-1"]
    var layers: [Layer] = []
    var ledger = "sqlite:.strata/ledger.sqlite"
    /// Whether each run fills a ledger that is missing from the registry: where no disk stays.
    var rebuildsLedger = false

    /// The newest Python whose end is not in sight, on the architecture that most functions have.
    static let standardTargets = [Target(PythonVersion(3, 13), .x86_64)]

    /// What layer names begin with: `Acme layers` gives `acme-layers`.
    var prefix: String {
        let letters = name.lowercased().utf8.map { $0.isASCIIAlphanumeric ? $0 : UInt8(ascii: "-") }
        let words = letters.split(separator: UInt8(ascii: "-")).map { String(decoding: $0, as: UTF8.self) }
        let prefix = words.reduce("") { text, word in
            let longer = text.isEmpty ? String(word.prefix(20)) : "\(text)-\(word)"
            return longer.utf8.count > 20 ? text : longer
        }
        return prefix.isEmpty ? "my" : prefix
    }

    /// The file. Everything that somebody chose is quoted, unless it is a plain word.
    var yaml: String {
        let ledgerText =
            rebuildsLedger && ledger.hasPrefix("sqlite:")
            ? "{ sqlite: \(Self.quoted(String(ledger.dropFirst(7)))), rebuild: auto }" : Self.quoted(ledger)
        return """
            # What Strata builds and publishes. 'strata check' reads this file, 'strata plan' shows what would happen.
            version: 1

            # What readers of the registry are told, and where its site is.
            registry:
              name: \(Self.quoted(name))
              url: \(Self.quoted(url))

            targets: [\(targets.map(\.description).joined(separator: ", "))]
            regions: \(regions == ["all"] ? "all" : "[\(regions.joined(separator: ", "))]")

            layers:
            \(layers.map(Self.text).joined(separator: "\n"))

            updates: { minimum-age: 2d, dependencies-only: 7d }

            # A plan above these is refused unless it is allowed by hand.
            limits: { publish: 500, delete: 50 }

            publish:
            \(publishing)
              prefix: \(Self.quoted(prefix))
              # Who may use the layers: private, public, { organization: o-… } or { accounts: ["111122223333"] }
              visibility: private

            # How long a release stays after a newer one took its place.
            retention: { expire: 365d, keep: 1 }

            ledger: \(ledgerText)

            git:
            \(git)

            """
    }

    private var url: String {
        guard case .github(_, let repository) = place else { return "https://example.org/layers" }
        let parts = repository.split(separator: "/").map(String.init)
        return "https://\(parts[0].lowercased()).github.io/\(parts.last ?? "")"
    }

    private var publishing: String {
        switch place {
        case .local: "  # A folder stands in for Lambda; 'aws' publishes there.\n  provider: local"
        case .aws(let account), .github(let account, _):
            "  provider: aws\n  partitions:\n    aws: { account: \"\(account)\" }"
        }
    }

    private var git: String {
        switch place {
        case .local, .aws:
            "  remote: .strata/registry.git   # or git@github.com:owner/layers.git, with an ssh-key"
        case .github(_, let repository):
            """
              remote: \(Self.quoted("git@github.com:\(repository).git"))
              # 'strata keys new' makes the key, keeps it there and prints the half that GitHub gets.
              ssh-key: secretsmanager:strata/deploy-key
            """
        }
    }

    private static func text(_ layer: Layer) -> String {
        switch layer {
        case .single(let requirement): "  - \(quoted(requirement.description))"
        case .group(let name, let requirements):
            "  - name: \(quoted(name.text))\n    requires:\n"
                + requirements.map { "      - \(quoted($0.description))" }.joined(separator: "\n")
        case .locked(let name, let path): "  - name: \(quoted(name.text))\n    from-lock: \(quoted(path))"
        }
    }

    /// A YAML scalar that is text whatever it holds: JSON's strings are YAML's.
    static func quoted(_ text: String) -> String {
        let isWord =
            text.utf8.first.map { $0.isASCIIAlphanumeric && !(0x30...0x39).contains($0) } == true
            && text.utf8.allSatisfy { $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "-") }
        let others = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"]
        if isWord, !others.contains(text.lowercased()) { return text }
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        return (try? encoder.encode(text)).map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
    }
}
