import ArgumentParser
import Model
import Planning
import Publishing

/// `strata plan`
struct PlanCommand: StrataCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Show what publish would do.",
        discussion: """
            Resolves all layers and compares the result with the ledger. Writes nothing but the cache, takes no lease, \
            and needs credentials only to learn what regions: all means, how full the accounts are, and whether the \
            registry, if it can be reached, belongs to the ledger. Exits with 5 if publish would refuse the plan or a \
            part of it as long as an option does not allow that: another account, permissions that are taken away, \
            another package under a layer's name, a lower version; and if the ledger was lost, is older than the \
            registry or another's: then one line says what mends it.
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var argument: ConfigurationArgument
    @OptionGroup(title: "What is refused otherwise") var allowed: AllowanceOptions
    @Option(name: .customLong("only"), help: "Plan this layer only; may be repeated.") var only: [String] = []
    @Flag(help: "Print the plan as JSON.") var json = false
    @Flag(help: "Print the plan as a table for a pull request.") var markdown = false
    @Flag(help: "Exit with 4 if the plan is not empty.") var exitCode = false

    func run(console: Console) async throws -> ExitStatus {
        let common = common.with(argument)
        let settings = try common.settings(console)
        let progress = ProgressView(console)
        let assembly = try await common.assembly(console, settings, access: .reading)
        let allowances = allowed.allowances
        let run = Run(try await assembly.publishing(only: only, allowing: allowances, report: progress.take))
        let (plan, locks) = try await run.rehearse(looking: assembly.hasRegistry)
        progress.finish()
        console.warnOfRuntimes(settings.desired)
        for full in try await run.context.forecast(plan, locks: locks) where full.isOverLimit {
            console.warn(
                "\(full.region) would store \(full.used + full.added) of code, and the account may store \(full.limit) there; "
                    + "prune, or ask AWS for more")
        }
        if json {
            try console.print(json: plan)
        } else {
            let text = PlanText(plan: plan, console: console)
            console.print(markdown ? text.markdown : text.text)
            if !markdown { try await console.tellWaiting(run.context.ledger) }
        }
        do {
            try plan.check(settings.desired.limits, allowing: allowances)
        } catch {
            console.warn("publish would refuse this: \(error)")
        }
        if !plan.heldBack.isEmpty || (try? plan.checkPromises(allowing: allowances)) == nil { return .refused }
        return exitCode && !plan.isEmpty ? .planNotEmpty : .done
    }
}
