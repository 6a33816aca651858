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
    @OptionGroup(title: "Files about the run") var files: RunFileOptions

    func validate() throws {
        if dryRun, files.metrics ?? files.report ?? files.summary != nil {
            throw ValidationError("--metrics, --report and --summary are about a run: they do not go with --dry-run")
        }
    }

    func run(console: Console) async throws -> ExitStatus {
        let common = common.with(argument)
        let progress = ProgressView(console)
        let assembly = try await common.assembly(console)
        let telling = RunTelling(assembly, files.paths, isWhole: only.isEmpty, console)
        let run: Run
        do {
            run = Run(
                try await assembly.publishing(only: only, allowing: allowed.allowances) { event in
                    progress.take(event)
                    telling.take(event)
                })
        } catch {
            if !dryRun { await telling.end(RunReport(), error) }
            throw error
        }
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
            await telling.end(run.recorder.report, error)
            throw error
        }
        progress.finish()
        assembly.warnOfClock(console)
        let report = run.recorder.report
        try tell(report, console)
        await telling.end(report)
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

/// Files that are written at a run's end, whatever came of it.
struct RunFileOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Write the run's numbers there, as OpenMetrics: for node_exporter's textfile collector.",
            valueName: "file"), completion: .file(extensions: ["prom"]))
    var metrics: String?
    @Option(help: ArgumentHelp("Write how the run ended there, as JSON.", valueName: "file"), completion: .file())
    var report: String?
    @Option(
        help: ArgumentHelp(
            "Write a summary there, in Markdown. Without it, one is added to GITHUB_STEP_SUMMARY where that is set.",
            valueName: "file"), completion: .file(extensions: ["md"]))
    var summary: String?

    var paths: RunTelling.Paths { .init(metrics: metrics, report: report, summary: summary) }
}

extension Run {
    /// What a prune at the limit of the configuration would do now.
    fileprivate func due() async throws -> PrunePlan {
        try await context.pruning(limit: context.desired.limits.delete)
    }
}
