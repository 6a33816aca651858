import Model
import Publishing

/// Brings the registry's branches to what the ledger says, and pushes them.
public struct CommitHandler: Handler {
    let fleet: FleetContext

    public func handle(_ input: StepInput, _ invocation: Invocation) async throws -> CommitOutput {
        let files = try fleet.files(input.context)
        var report = try await RunEvents(fleet, files).report()
        (report.commits, report.advisories) = ([], [])
        let (commits, advisories) = try await fleet.session(input.context, report) { session in
            _ = try await AuditStep().run(session.items, session)
            return (try await CommitStep().run(NoInput(), session), session.recorder.report.advisories)
        }
        if !advisories.isEmpty { try await files.write(advisories.map(RunEvent.advisory), as: "advised.json") }
        if !commits.isEmpty { try await files.write(commits.map(RunEvent.committed), as: "committed.json") }
        return CommitOutput(
            v: PayloadVersion(),
            commits: commits.map { .init(branch: $0.branch, commit: $0.commit, files: $0.files) })
    }
}
