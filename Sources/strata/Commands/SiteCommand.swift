import ArgumentParser
import FoundationEssentials
import Model

/// `strata site`
struct SiteCommand: StrataCommand {
    static let configuration = CommandConfiguration(
        commandName: "site", abstract: "Render the site to a folder, to look at it.",
        discussion: """
            Reads the ledger only, and writes only files whose bytes differ. Reports the site's size beside its \
            budget ('site.budget' in the configuration); a site over it is a warning, or exit code 5 with --strict.
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "The folder; 'site-preview' if none is named.", completion: .directory) var folder: String?
    @Option(name: [.short, .long], help: "The folder, as an option.", completion: .directory) var output: String?
    @Flag(help: "A site that is larger than its budget is refused.") var strict = false

    func validate() throws {
        if folder != nil, output != nil { throw ValidationError("name the folder once: '\(folder ?? "")' or --output") }
    }

    func run(console: Console) async throws -> ExitStatus {
        let output = folder ?? output ?? "site-preview"
        let assembly = try await common.assembly(console, access: .reading)
        let site = try await assembly.renderSite(into: output)
        let budget = assembly.settings.site.budget
        console.print(
            site.changed == 0
                ? "\(output) is up to date."
                : "Wrote \(count(site.changed, "file")), \(site.changedBytes), to \(output)/index.html and beside it."
        )
        console.print(
            "The site has \(count(site.size.files, "file")) and \(site.size.bytes) of a budget of \(budget).")
        guard let warning = site.warning else { return .done }
        if strict { throw StrataError(.refused, warning) }
        console.warn(warning)
        return .done
    }
}
