import ArgumentParser
import Model
import Planning
import Publishing

/// `strata publish`
struct PublishCommand: StrataCommand {
    static let configuration = CommandConfiguration(
        commandName: "publish", abstract: "Build, publish, verify, list and push what the plan holds.",
        discussion: """
            Safe to run at any time and from cron: a run that died is finished by the next one, and a run without \
            change makes no commit. Exits with 3 if some regions are pending; the next run tries them again. Exits with 5, \
            before anything is done, if the plan is over the limits, takes back what was promised or is for another \
            account, and after doing the rest if a layer is held back until it is allowed.
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var argument: ConfigurationArgument
    @OptionGroup(title: "What is refused otherwise") var allowed: AllowanceOptions
    @Option(name: .customLong("only"), help: "Publish this layer only; may be repeated.") var only: [String] = []
    @Flag(help: "Show the plan and stop.") var dryRun = false
    @Flag(help: "Afterwards delete releases whose promised time is over, as 'strata prune' does.") var prune = false
    @Flag(help: "Print the run's report as JSON.") var json = false

    func run(console: Console) async throws -> ExitStatus {
        let common = common.with(argument)
        let progress = ProgressView(console)
        let assembly = try await common.assembly(console)
        let run = Run(try await assembly.publishing(only: only, allowing: allowed.allowances, report: progress.take))
        if dryRun {
            let plan = try await run.rehearse(looking: assembly.hasRegistry).plan
            progress.finish()
            if json {
                try console.print(json: plan)
            } else {
                console.print(PlanText(plan: plan, console: console).text)
                if prune { console.print(PruneCommand.text(try await run.due())) }
            }
            return .done
        }
        do {
            _ = try await run.run()
            if prune {
                let due = try await run.due()
                if let doubt = due.doubt { console.warn(doubt) }
                if !due.delete.isEmpty { _ = try await Lifecycle(run.context, run.recorder).prune(due.delete) }
            }
        } catch {
            progress.finish()
            assembly.warnOfClock(console)
            // What was done before the run ended is not lost: a push that failed has not unpublished anything.
            if run.recorder.report.hasChanged { try tell(run.recorder.report, console) }
            throw error
        }
        progress.finish()
        assembly.warnOfClock(console)
        let report = run.recorder.report
        try tell(report, console)
        return report.status
    }

    private func tell(_ report: RunReport, _ console: Console) throws {
        if json {
            try console.print(json: report)
        } else {
            console.print(SummaryText(report: report, console: console).text)
        }
    }
}

extension Run {
    /// What a prune at the limit of the configuration would do now.
    fileprivate func due() async throws -> PrunePlan {
        try await context.pruning(limit: context.desired.limits.delete)
    }
}
