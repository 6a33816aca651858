import Model
import Publishing

/// Brings the registry's branches to what the ledger says, and pushes them.
public struct CommitHandler: Handler {
    let fleet: FleetContext

    public func handle(_ input: StepInput, _ invocation: Invocation) async throws -> CommitOutput {
        let files = try fleet.files(input.context)
        var report = try await RunEvents(fleet, files).report()
        (report.commits, report.proposals, report.sitesBehind, report.advisories) = ([], [], [], [])
        let done = try await fleet.session(input.context, report) { session in
            _ = try await AuditStep().run(session.items, session)
            _ = try await CommitStep().run(NoInput(), session)
            return session.recorder.report
        }
        let commits = done.commits
        // An earlier attempt may have made commits; what it left behind is no matter any more.
        let earlier = RunReport(try await files.find("committed.json", as: [RunEvent].self) ?? [])
        let events =
            (earlier.commits + commits).map(RunEvent.committed) + done.proposals.map(RunEvent.proposed)
            + done.sitesBehind.map(RunEvent.siteBehind)
        if !events.isEmpty || !earlier.sitesBehind.isEmpty || !earlier.proposals.isEmpty {
            try await files.write(events, as: "committed.json")
        }
        if !done.advisories.isEmpty {
            try await files.write(done.advisories.map(RunEvent.advisory), as: "advised.json")
        }
        return CommitOutput(
            v: PayloadVersion(),
            commits: commits.map { .init(branch: $0.branch, commit: $0.commit, files: $0.files) })
    }
}
