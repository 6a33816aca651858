import ArgumentParser
import Model
import Publishing

/// `strata audit`
struct AuditCommand: StrataCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Look up what is known to be wrong with what is published.",
        discussion: """
            Asks the database of advisories that 'vulnerabilities' names, or else OSV's, about the packages of each layer's \
            latest builds. Reads the ledger and changes nothing. Exits with 1 if there is an advisory from the severity on \
            that 'vulnerabilities.fail' names and 'vulnerabilities.ignore' does not, with 0 if there is none.
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "The layers; all if none is named.") var layers: [String] = []
    @Flag(help: "Print what was found as JSON.") var json = false

    func run(console: Console) async throws -> ExitStatus {
        let assembly = try await common.assembly(console, access: .reading)
        let policy = assembly.desired.advisories ?? AdvisoryPolicy()
        let names = try layers.map(layerName)
        if let missing = names.first(where: { assembly.desired.layer($0) == nil }) {
            throw StrataError(.notFound, "there is no layer '\(missing)' in the configuration")
        }
        let items = assembly.desired.items.filter { names.isEmpty || names.contains($0.layer) }
        let builds = try await assembly.ledger().states(of: items).compactMap(\.latestBuild)
        let report = try await assembly.buildService().audit(Set(builds.flatMap(\.pins)).sorted(), policy)
        for warning in report.warnings { console.warn(warning) }
        let rows = builds.flatMap { build in
            report.advisories(of: build.packages).map { Row(build, $0, policy) }
        }.sorted { ($0.layer, $0.target, $0.advisory) < ($1.layer, $1.target, $1.advisory) }
        if json {
            try console.print(json: rows)
        } else {
            console.print(Self.text(rows, builds: builds.count, console))
        }
        return rows.contains(where: \.fails) ? .failed : .done
    }

    /// An advisory about a build.
    private struct Row: Encodable {
        let layer: LayerName
        let target: Target
        let build: Int
        let advisory: Advisory
        let ignored: String?
        /// Whether a new build would be refused for it.
        let fails: Bool

        init(_ build: Build, _ advisory: Advisory, _ policy: AdvisoryPolicy) {
            layer = build.item.layer
            target = build.item.target
            self.build = build.buildNumber
            self.advisory = advisory
            ignored = policy.reason(ignoring: advisory)
            fails = policy.refuses(advisory)
        }
    }

    private static func text(_ rows: [Row], builds: Int, _ console: Console) -> String {
        let lines = rows.map { row -> String in
            let line = "\(row.layer) \(row.target), build \(row.build): \(row.advisory.text)"
            if let ignored = row.ignored { return console.paint("\(line); ignored: \(ignored)", .dim) }
            return row.fails ? console.paint(line, .red) : line
        }
        let known = count(Set(rows.map(\.advisory.id)).count, "advisory", plural: "advisories")
        return (lines + ["\(known) about \(count(builds, "build"))."]).joined(separator: "\n")
    }
}
