import ArgumentParser
import Model
import Publishing

/// `strata yank`
struct YankCommand: StrataCommand {
    static let configuration = CommandConfiguration(
        commandName: "yank", abstract: "Mark a build as unusable, and say why.",
        discussion: """
            Metadata: the releases stay, so that nothing breaks, and are listed as yanked with the reason. With \
            --revoke the permission is taken back too, and functions that use the layer can no longer be updated. A \
            yanked build is not published again; 'strata rollback' makes a former one the latest.
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var releases: ReleaseOptions
    @Option(help: "Why, in a sentence that consumers read.") var reason: String
    @Flag(help: "Take the permission back too.") var revoke = false

    func run(console: Console) async throws -> ExitStatus {
        try checkReason(reason)
        let assembly = try await common.assembly(console)
        let began = assembly.backend.now()
        let lifecycle = Lifecycle(try await assembly.publishing(report: ProgressView(console).take))
        let (report, count) = try await lifecycle.yank(releases.selection(), reason: reason, revoking: revoke)
        console.print(done(count, "Yanked \(releaseCount(count)) of \(releases.layer), build \(releases.build)."))
        await assembly.tell(report, since: began, console)
        return .done
    }
}

/// `strata pin`
struct PinCommand: StrataCommand {
    static let configuration = CommandConfiguration(
        commandName: "pin", abstract: "Keep a build's releases for ever.",
        discussion: "A pinned release never expires. Unpinned, it gets the whole promised time again.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var releases: ReleaseOptions
    @Flag(help: "Let them expire again.") var remove = false

    func run(console: Console) async throws -> ExitStatus {
        let lifecycle = Lifecycle(
            try await common.assembly(console).publishing(report: ProgressView(console).take))
        let (_, count) = try await lifecycle.pin(releases.selection(), pinned: !remove)
        console.print(done(count, "\(remove ? "Unpinned" : "Pinned") \(releaseCount(count))."))
        return .done
    }
}

/// `strata rollback`
struct RollbackCommand: StrataCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback", abstract: "Make a former build the latest again.",
        discussion: """
            The former build's bytes are published under a new version number, since Lambda's numbers only grow. It \
            stays the latest until the index offers something newer than what was left.
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "The layer.") var layer: String
    @OptionGroup var allowed: AllowanceOptions
    @Option(help: "The build to return to; the one before the latest if not given.") var to: Int?
    @Option(help: "This target only.") var target: String?

    func run(console: Console) async throws -> ExitStatus {
        let progress = ProgressView(console)
        let assembly = try await common.assembly(console)
        let began = assembly.backend.now()
        let lifecycle = Lifecycle(try await assembly.publishing(report: progress.take))
        let held = try await lifecycle.hold(layerName(layer), target: target.map(targetName), buildNumber: to)
        if held.isEmpty { console.note("Done already: \(layer) was rolled back before; --to names another build.") }
        for change in held {
            console.note("\(change.item): build \(change.from.buildNumber) → build \(change.to.buildNumber)")
        }
        let run = Run(
            try await assembly.publishing(only: [layer], allowing: allowed.allowances, report: progress.take))
        do {
            let report = try await run.run()
            progress.finish()
            console.print(SummaryText(report: report, console: console).text)
            await assembly.tell(report, since: began, console)
            return report.status
        } catch let error as StrataError where error.code == .refused && run.recorder.report.published.isEmpty {
            try await lifecycle.takeBack(held)
            throw error
        }
    }
}

/// `strata retry`
struct RetryCommand: StrataCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry", abstract: "Let the next run build again what was refused or held.",
        discussion: """
            A build that is refused for good, or whose modules cannot be imported, is not tried again until its wheels, \
            its options, its checks or Strata's version change. This forgets the refusal: after an interpreter was \
            installed, or when the machine was to blame.
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "The layer; with a target, LAYER/TARGET, that one only.") var layer: String

    func run(console: Console) async throws -> ExitStatus {
        let parts = layer.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let name = try layerName(parts[0])
        let target = try parts.count > 1 ? targetName(parts[1]) : nil
        let lifecycle = Lifecycle(
            try await common.assembly(console).publishing(report: ProgressView(console).take))
        let items = try await lifecycle.retry(name, target: target)
        for item in items { console.print("\(item): the next run tries it again.") }
        if items.isEmpty { console.print("Done already: nothing of \(layer) is refused.") }
        return .done
    }
}

/// `strata retire`
struct RetireCommand: StrataCommand {
    static let configuration = CommandConfiguration(
        commandName: "retire", abstract: "Announce the end of a Python version's or a region's releases.",
        discussion: """
            For a target or region that was removed from the configuration: its releases are deprecated and stay until \
            the date, and as long as they were promised: a date that was published, and the time that the registry \
            promises for what was the latest, are never brought forward but with --shorten and a reason that readers see.
            """)

    @OptionGroup var common: CommonOptions
    @Option(help: "The target that goes away.") var target: String?
    @Option(help: "The region that goes away.") var region: String?
    @Option(help: "Until when the releases stay: 2027-06-30.") var until: String
    @Flag(help: "Let them end then even if they were promised for longer.") var shorten = false
    @Option(help: "Why they end sooner than promised, in a sentence that consumers read.") var reason: String?

    func validate() throws {
        guard (target == nil) != (region == nil) else { throw ValidationError("name a target or a region") }
        guard shorten == (reason != nil) else {
            throw ValidationError("--shorten breaks a promise: it needs --reason, and --reason is for nothing else")
        }
    }

    func run(console: Console) async throws -> ExitStatus {
        let context = try await common.assembly(console).publishing(report: ProgressView(console).take)
        let lifecycle = Lifecycle(context)
        let date = try dateValue(until)
        guard date.date >= context.environment.now().date else {
            throw StrataError(
                .configuration, "\(date.date) is over: an end that nobody could read before it came is none",
                hint: "name today or a later day; 'strata yank' takes back what must not be used any more")
        }
        if let reason { try checkReason(reason) }
        let (_, count) = try await lifecycle.retire(
            target: target.map(targetName), region: region.map(regionName), expires: date, endingEarly: reason)
        console.print(done(count, "\(releaseCount(count)) will end on \(date.date)\(shorten ? "" : " or later")."))
        return .done
    }
}

/// `strata prune`
struct PruneCommand: StrataCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune", abstract: "Delete releases whose promised time is over.",
        discussion: """
            Deletes a release only when it is deprecated and expired, when its end was to be read in the published files \
            for the promised time, and when it is not among the newest that are always kept. At most limits.delete in \
            one run. What was deleted stays in the registry's history.
            """)

    @OptionGroup var common: CommonOptions
    @Flag(help: "Show what would be deleted and what stays, and why.") var dryRun = false
    @Option(help: "Delete at most this many; limits.delete if not given.") var limit: Int?
    @Flag(help: "Delete by this machine's clock even if it has leapt since the last run.") var trustClock = false
    @Flag(help: "Print the result as JSON.") var json = false

    func run(console: Console) async throws -> ExitStatus {
        let settings = try common.settings(console)
        let assembly = try await common.assembly(console, settings)
        var context = try await assembly.publishing(report: ProgressView(console).take)
        context.options.trustsClock = trustClock
        let most = limit ?? settings.desired.limits.delete
        guard most >= 0, most <= settings.desired.limits.delete else {
            throw StrataError(
                .refused, "\(most) is over the limit of \(settings.desired.limits.delete) deletions",
                hint: "raise limits.delete in the configuration to allow more")
        }
        let pruning = try await context.pruning(limit: most)
        assembly.warnOfClock(console)
        if let doubt = pruning.doubt { console.warn(doubt) }
        if dryRun {
            if json { try console.print(json: pruning) } else { console.print(Self.text(pruning)) }
            return .done
        }
        let report = try await Lifecycle(context).prune(pruning.delete)
        if json {
            try console.print(json: report.deleted)
        } else {
            console.print(Self.summary("Deleted", report.deleted.count, stay: pruning.keep.count))
        }
        for failure in report.pending { console.warn("\(failure.item): \(failure.reason)") }
        return report.status
    }

    static func text(_ pruning: PrunePlan) -> String {
        let delete = pruning.delete.map { "- \($0.item) \($0.id), expired \($0.expires?.date ?? "")" }
        let keep = pruning.keep.map { "  \($0.release.item) \($0.release.id) stays: \($0.reason)" }
        return (delete + keep + [summary("Would delete", delete.count, stay: 0)]).joined(separator: "\n")
    }

    /// - Parameter stay: how many are expired and stay all the same.
    private static func summary(_ verb: String, _ deleted: Int, stay: Int) -> String {
        let what = deleted == 0 ? "Nothing to delete" : "\(verb) \(count(deleted, "release"))"
        let rest = stay == 0 ? "" : "; \(count(stay, "expired release")) stay\(stay == 1 ? "s" : "")"
        return what + rest + (rest.isEmpty ? "." : ": 'strata prune --dry-run' says why.")
    }
}

/// `strata explain`
struct ExplainCommand: StrataCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Explain a layer's state, from requirement to each region.",
        discussion: "Asks the index what the next run would do; with --offline reads the ledger only.")

    @OptionGroup var common: CommonOptions
    @Argument(help: "The layer.") var layer: String
    @Argument(help: "One target.") var target: String?
    @Argument(help: "One region.") var region: String?
    @Flag(help: "Do not ask the index.") var offline = false
    @Flag(help: "Print the explanation as JSON.") var json = false

    func run(console: Console) async throws -> ExitStatus {
        let progress = ProgressView(console)
        let assembly = try await common.assembly(console, access: .reading)
        let name = try layerName(layer)
        let wanted = assembly.desired.layer(name)
        let only = try target.map(targetName)
        let regions = try region.map { [try regionName($0)] } ?? assembly.desired.regions
        let items = try await assembly.ledger().items(of: name) + (wanted?.targets ?? []).map { Item(name, $0) }
        let meant = Set(items).filter { only == nil || $0.target == only }.sorted()
        guard !meant.isEmpty else {
            throw StrataError(.notFound, "\(layer) is neither in the configuration nor in the ledger")
        }
        let plan =
            offline || wanted == nil
            ? nil
            : try await Run(try await assembly.publishing(only: [layer], report: progress.take)).rehearse().plan
        progress.finish()
        let explanations = try await assembly.ledger().states(of: meant).map { state in
            Explanation(
                state, wanted: wanted, regions: regions,
                plan: plan?.actions.filter { $0.item == state.item } ?? [])
        }
        if json {
            try console.print(json: explanations)
        } else {
            console.print(explanations.map { $0.text(console) }.joined(separator: "\n\n"))
        }
        return .done
    }
}

extension Explanation {
    fileprivate func text(_ console: Console) -> String {
        ([console.paint("\(item)", .bold)] + lines.map { "  \($0)" }).joined(separator: "\n")
    }
}

/// What is printed of a change, or that there was none to make.
private func done(_ count: Int, _ text: String) -> String { count == 0 ? "Done already: nothing changed." : text }

/// - Throws: `configuration` for what cannot be published as a reason.
private func checkReason(_ reason: String) throws(StrataError) {
    guard !reason.isEmpty, reason.count <= 300, reason.allSatisfy({ !$0.isNewline }) else {
        throw StrataError(.configuration, "the reason must be one line of at most 300 characters")
    }
}

private func releaseCount(_ number: Int) -> String { count(number, "release") }
