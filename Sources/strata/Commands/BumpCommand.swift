import ArgumentParser
import Consuming
import Model

/// `strata bump`
struct BumpCommand: StrataCommand {
    static let configuration = CommandConfiguration(
        commandName: "bump", abstract: "Move the layer ARNs in files on to the newest.",
        discussion: """
            Understands CloudFormation, SAM, Terraform, Serverless, CDK and plain text: whatever holds layer ARNs, \
            Terraform's data "aws_lambda_layer_version", and numbers that a comment '# strata: requests/python3.12' \
            marks. UTF-8 and UTF-16; every other byte stays as it is. Shows what changes inside, and warns of \
            deprecated, yanked and deleted releases. Of a link, the file that it points to is replaced, at once and \
            with its permissions.

            With --check nothing is written. The exit code is then 4 if something could move, and 3 if nothing can, but \
            a reference was not understood or has nothing to move to; each is told with its reason. A comment \
            '# strata: keep' settles one that is meant to stay.
            """)

    @OptionGroup var common: ConsumerOptions
    @OptionGroup var source: RegistryOptions
    @Argument(
        help: "Files, folders with all below them, and patterns: 'infra/**/*.tf'.", completion: .file())
    var files: [String]
    @Flag(help: "Write nothing; exit with 4 if a file is behind.") var check = false
    @Flag(help: "Print JSON.") var json = false
    @Flag(help: "Move to lower numbers too, which an old copy of a registry would ask for.") var allowLower = false
    @Flag(help: "Read a registry that shows an earlier revision than was read here before.") var allowOlder = false
    @Option(name: .customLong("layer"), help: "Move this layer only; may be repeated.") var layers: [String] = []
    @Option(
        name: .customLong("allow"), help: "Versions that will do, as LAYER<SPECIFIERS: 'pandas<3'; may be repeated.")
    var versions: [String] = []
    @Option(name: .customLong("account"), help: "An account that references may move to; may be repeated.")
    var accounts: [String] = []
    @Option(name: .customLong("region"), help: "A region for files that name none; may be repeated.")
    var regions: [String] = []

    func run(console: Console) async throws -> ExitStatus {
        let catalog = try await source.catalog()
        try await source.requireNewest(catalog, allowsOlder: allowOlder)
        let rules = try rules
        let finder = LayerFinder(catalog)
        for name in (rules.layers ?? []).union(rules.versions.keys).sorted() { try await finder.requireLayer(name) }
        let bump = Bump(catalog, rules)
        var tally = Tally()
        for entry in try FileSet(files).entries {
            guard let result = try await bump.examine(entry) else { continue }
            tally.add(result)
            if result.findings.isEmpty, entry.isNamed { console.note("\(entry.path): no layer is referred to.") }
            if !json {
                for finding in result.findings where !finding.staysDoomed { console.print(finding.description) }
            }
            if !check { try result.write() }
        }
        for finding in tally.findings where finding.staysDoomed {
            console.warn(finding.description)
        }
        if json { try console.print(json: BumpReport(tally.findings)) }
        console.note(tally.text(check: check))
        guard check else { return .done }
        return tally.behind > 0 ? .planNotEmpty : tally.unsettled > 0 ? .partly : .done
    }

    /// What the options ask for.
    private var rules: BumpRules {
        get throws {
            var rules = BumpRules(
                accounts: Set(accounts), regions: try regions.map(regionName), allowsLower: allowLower,
                now: WallClock.now)
            if !layers.isEmpty { rules.layers = Set(try layers.map(requestedLayer)) }
            for text in versions {
                let requirement = try Requirement(parsing: text)
                guard let name = LayerName(for: requirement), !requirement.specifiers.isEmpty else {
                    throw StrataError(
                        .configuration, "'\(text)' names no versions", hint: "write for example 'pandas<3'")
                }
                rules.versions[name] = requirement.specifiers
            }
            return rules
        }
    }

    /// A layer by its name, or as the configuration asks for it: `psycopg[binary]`.
    private func requestedLayer(_ text: String) throws -> LayerName {
        if text.contains("["), let name = LayerName(for: try Requirement(parsing: text)) { return name }
        return try layerName(text)
    }

    private struct Tally {
        var files = 0
        var behind = 0
        var unsettled = 0
        var findings: [BumpFinding] = []

        mutating func add(_ result: BumpedFile) {
            findings += result.findings
            files += 1
            if result.isChanged { behind += 1 }
            unsettled += result.findings.count { !$0.isSettled }
        }

        func text(check: Bool) -> String {
            let moved =
                check
                ? "\(count(behind, "file")) of \(files) could move on."
                : "Changed \(count(behind, "file")) of \(files)."
            guard unsettled > 0 else { return moved }
            return moved + " \(count(unsettled, "reference")) could not be judged or moved; the lines above say why."
        }
    }
}
