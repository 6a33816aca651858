import ArgumentParser
import Consuming
import Model

/// `strata find`
struct FindCommand: StrataCommand {
    static let configuration = CommandConfiguration(
        commandName: "find", abstract: "Find the newest ARN of a layer in a registry, or tell what an ARN is.",
        discussion: """
            For example: strata find pandas --target python3.13 --region eu-west-1 --arn

            Versions may be asked for, as in 'pandas>=2,<3': then the highest that will do is found among all releases \
            that can be used, deprecated ones included; until when they are kept is told.

            An ARN instead of a layer is looked up: what it is, what it holds, its status, and what replaces it. No AWS \
            credentials are needed.
            """)

    @OptionGroup var common: ConsumerOptions
    @OptionGroup var source: RegistryOptions
    @Argument(help: "The layer, a requirement such as 'psycopg[binary,pool]' or 'pandas<3', or an ARN.")
    var layer: String
    @Option(help: "This target only: python3.13 or python3.13-arm64.") var target: String?
    @Option(help: "This region only.") var region: String?
    @Flag(help: "Print ARNs only, one a line.") var arn = false
    @Flag(help: "Print JSON.") var json = false

    func run(console: Console) async throws -> ExitStatus {
        if layer.hasPrefix("arn:") {
            let explained = try await explain(layer)
            if json { try console.print(json: explained) } else { console.print(explained.text) }
            return .done
        }
        let found = try await LayerFinder(try await source.catalog(), now: WallClock.now)
            .find(layer, target: target.map(targetName), region: region.map(regionName))
        guard !found.isEmpty else {
            throw StrataError(
                .notFound, "'\(layer)' has no release that can be used where it was asked for",
                hint: "ask for other versions, or leave --target or --region out")
        }
        if json {
            try console.print(json: found.map(Row.init))
        } else {
            console.print(found.map { arn ? $0.arnLines : $0.text }.joined(separator: "\n"))
        }
        if arn || json {
            for layer in found {
                if let fate = layer.fate { console.warn("\(layer.item) \(layer.version ?? "") \(fate)") }
            }
        }
        return .done
    }

    private func explain(_ text: String) async throws -> ExplainedARN {
        guard let arn = LayerARN(text) else {
            throw StrataError(
                .configuration, "this is not a layer version's ARN",
                hint: "one is arn:aws:lambda:REGION:ACCOUNT:layer:NAME:NUMBER")
        }
        return try await ARNExplainer(try await source.catalog(), now: WallClock.now).explain(arn)
    }

    private struct Row: Encodable {
        let layer: LayerName
        let target: Target
        let version: String?
        let build: Int
        let published: Timestamp
        let status: Release.Status
        let expires: Timestamp?
        let arns: [Region: String]

        init(_ found: FoundLayer) {
            layer = found.item.layer
            target = found.item.target
            version = found.version
            build = found.build
            published = found.published
            status = found.status
            expires = found.expires
            arns = Dictionary(found.arns.map { ($0.region, $0.description) }) { first, _ in first }
        }
    }
}

extension FoundLayer {
    fileprivate var arnLines: String { arns.map(\.description).joined(separator: "\n") }

    fileprivate var text: String {
        "\(item)  \(version ?? "") (build \(build), \(published.date)\(fate.map { ", \($0)" } ?? ""))\n"
            + arns.map { "  \($0)" }.joined(separator: "\n")
    }
}
