import ArgumentParser
import FoundationEssentials
import Model

/// `strata site`
struct SiteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "site", abstract: "Render the site to a folder, to look at it.",
        discussion: """
            Reads the ledger only, and writes only files whose bytes differ. Tells how large the site is beside its \
            budget ('site.budget' in the configuration); a site over it is a warning, or exit code 5 with --strict.
            """)

    @OptionGroup var common: CommonOptions
    @Option(name: [.short, .long], help: "The folder.", completion: .directory) var output = "site-preview"
    @Flag(help: "A site that is larger than its budget is refused.") var strict = false

    func run() async throws {
        let (common, output, strict) = (common, output, strict)
        try await common.perform { console in
            let assembly = try await common.assembly()
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
}
