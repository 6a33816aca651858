import ArgumentParser
import Consuming
import Model

/// `strata find`
struct FindCommand: StrataCommand {
    static let configuration = CommandConfiguration(
        commandName: "find", abstract: "Find the newest ARN of a layer in a registry.",
        discussion: """
            For example: strata find pandas --target python3.13 --region eu-west-1 --arn
            """)

    @OptionGroup var common: ConsumerOptions
    @OptionGroup var source: RegistryOptions
    @Argument(help: "The layer, or a requirement such as 'psycopg[binary,pool]'.") var layer: String
    @Option(help: "This target only: python3.13 or python3.13-arm64.") var target: String?
    @Option(help: "This region only.") var region: String?
    @Flag(help: "Print ARNs only, one a line.") var arn = false
    @Flag(help: "Print JSON.") var json = false

    func run(console: Console) async throws -> ExitStatus {
        let found = try await LayerFinder(source.catalog())
            .find(layer, target: target.map(targetName), region: region.map(regionName))
        guard !found.isEmpty else {
            throw StrataError(
                .notFound, "\(layer) has no release where it was asked for", hint: "leave --target or --region out")
        }
        if json {
            try console.print(json: found.map(Row.init))
        } else {
            console.print(found.map { arn ? $0.arnLines : $0.text }.joined(separator: "\n"))
        }
        return .done
    }

    private struct Row: Encodable {
        let layer: LayerName
        let target: Target
        let version: String?
        let build: Int
        let published: Timestamp
        let arns: [Region: String]

        init(_ found: FoundLayer) {
            layer = found.item.layer
            target = found.item.target
            version = found.version
            build = found.build
            published = found.published
            arns = Dictionary(found.arns.map { ($0.region, $0.description) }) { first, _ in first }
        }
    }
}

extension FoundLayer {
    fileprivate var arnLines: String { arns.map(\.description).joined(separator: "\n") }

    fileprivate var text: String {
        "\(item)  \(version ?? "") (build \(build), \(published.date))\n"
            + arns.map { "  \($0)" }.joined(separator: "\n")
    }
}
