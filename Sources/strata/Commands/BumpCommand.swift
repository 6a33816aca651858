import ArgumentParser
import Consuming
import Model

/// `strata bump`
struct BumpCommand: StrataCommand {
    static let configuration = CommandConfiguration(
        commandName: "bump", abstract: "Move the layer ARNs in files on to the newest.",
        discussion: """
            Understands CloudFormation, SAM, Terraform, Serverless, CDK and plain text: whatever holds layer ARNs. Every \
            other byte stays as it is. Shows what changes inside, and warns of deprecated, yanked and deleted releases. \
            With --check nothing is written, and the exit code is 4 if something could move.
            """)

    @OptionGroup var common: ConsumerOptions
    @OptionGroup var source: RegistryOptions
    @Argument(help: "The files.", completion: .file()) var files: [String]
    @Flag(help: "Write nothing; exit with 4 if a file is behind.") var check = false
    @Option(name: .customLong("layer"), help: "Move this layer only; may be repeated.") var layers: [String] = []
    @Option(
        name: .customLong("allow"), help: "Versions that will do, as LAYER<SPECIFIERS: 'pandas<3'; may be repeated.")
    var versions: [String] = []
    @Option(name: .customLong("account"), help: "An account that references may move to; may be repeated.")
    var accounts: [String] = []
    @Option(name: .customLong("region"), help: "A region for files that name none; may be repeated.")
    var regions: [String] = []

    func run(console: Console) async throws -> ExitStatus {
        var rules = BumpRules(accounts: Set(accounts), regions: try regions.map(regionName), now: WallClock.now)
        if !layers.isEmpty { rules.layers = Set(try layers.map(layerName)) }
        for text in versions {
            let requirement = try Requirement(parsing: text)
            guard let name = LayerName(for: requirement), !requirement.specifiers.isEmpty else {
                throw StrataError(
                    .configuration, "'\(text)' names no versions", hint: "write for example 'pandas<3'")
            }
            rules.versions[name] = requirement.specifiers
        }
        let bump = Bump(try source.catalog(), rules)
        var behind = 0
        for file in files {
            let result = try await bump.examine(file: file)
            for finding in result.findings { console.print(finding.description) }
            if result.isChanged { behind += 1 }
            if !check { try result.write() }
        }
        console.note(
            check
                ? "\(count(behind, "file")) of \(files.count) could move on."
                : "Changed \(count(behind, "file")) of \(files.count).")
        return check && behind > 0 ? .planNotEmpty : .done
    }
}
