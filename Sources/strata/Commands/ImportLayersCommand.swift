import ArgumentParser
import Consuming
import FoundationEssentials
import HTTP
import Model

/// `strata import layers`
struct ImportLayersCommand: StrataCommand {
    static let configuration = CommandConfiguration(
        commandName: "layers", abstract: "Import other publishers' layers, to be listed and bumped with one's own.",
        discussion: """
            Reads any list of layer ARNs, SSM parameters as JSON, the answers of Lambda's ListLayers and \
            ListLayerVersions, Sentry's release registry and Bref's layers.json: files, folders with them, or http(s) \
            addresses of files. The layers become external ones: listed, never changed and never deleted. The highest \
            number of a name is its latest; what is inside is not recorded. A layer that is not for one Python alone \
            has the target 'any'.
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "Files, folders or addresses of files.", completion: .file()) var sources: [String]
    @Option(help: "The account of the layers, for files that do not tell it, as Bref's.") var account: String?
    @Option(help: "What the layers are for, where their names do not tell: python3.13, python3.13-arm64 or any.")
    var target: String?
    @Flag(help: "Read and report, but record nothing.") var dryRun = false

    func run(console: Console) async throws -> ExitStatus {
        var reader = try ExternalReader(account: account, target: target.map(targetName))
        for source in sources {
            if source.hasPrefix("https://") || source.hasPrefix("http://") {
                try await reader.read(
                    url: source,
                    client: try HTTPClient(HTTPClient.Options(environment: ProcessInfo.processInfo.environment)))
            } else {
                try reader.read(path: source)
            }
        }
        return try await record(reader.result, common, dryRun: dryRun, console)
    }
}

/// Records what was read as external releases, and tells what was not taken, and what was decided about the rest.
func record(_ read: ImportResult, _ common: CommonOptions, dryRun: Bool, _ console: Console) async throws -> ExitStatus
{
    for refusal in read.refusals { console.warn("not taken: \(refusal)") }
    guard !dryRun else {
        console.print(
            "Would import \(count(read.releases.count, "release")); \(count(read.refusals.count, "row")) not taken.")
        return .done
    }
    let assembly = try await common.assembly(console)
    let summary = try await assembly.withLease { ledger, lease in
        try await Importer(into: ledger, lease: lease).record(read.releases, now: WallClock.now)
    }
    for refusal in summary.refusals { console.warn("not taken: \(refusal)") }
    let remarks = read.remarks + summary.remarks
    let shown = console.verbosity == .verbose ? remarks : Array(remarks.filter(\.isDecision).prefix(10))
    for remark in shown { console.note("\(remark)") }
    let unknown = Set(read.releases.filter(\.packages.isEmpty).map(\.item)).count
    let items = count(summary.items, "layer and target", plural: "layers and targets")
    console.print(
        "Imported \(count(summary.releases, "release")) of \(items); "
            + "\(count(read.refusals.count + summary.refusals.count, "row")) not taken, "
            + "\(remarks.count) with remarks (--verbose shows them); "
            + "contents not recorded for \(unknown).")
    return .done
}
