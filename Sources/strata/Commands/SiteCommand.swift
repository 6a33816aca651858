import ArgumentParser
import FoundationEssentials
import Model

/// `strata site`
struct SiteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "site", abstract: "Render the site to a folder, to look at it.",
        discussion: "Reads the ledger only, and writes only files whose bytes differ.")

    @OptionGroup var common: CommonOptions
    @Option(name: [.short, .long], help: "The folder.", completion: .directory) var output = "site-preview"

    func run() async throws {
        let (common, output) = (common, output)
        try await common.perform { console in
            let assembly = try await common.assembly()
            let changes = try await assembly.renderSite(into: output)
            console.print(
                changes.isEmpty
                    ? "\(output) is up to date."
                    : "Wrote \(count(changes.count, "file")) to \(output)/index.html and beside it.")
            return .done
        }
    }
}
