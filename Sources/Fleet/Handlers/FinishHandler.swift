import Model
import Publishing

/// Tells what the run came to, gives the lease back and notifies whoever wants to know.
///
/// It runs after a failure too, so nothing that it finds missing stops it.
public struct FinishHandler: Handler {
    let fleet: FleetContext

    public func handle(_ input: FinishInput, _ invocation: Invocation) async throws -> FinishOutput {
        guard let context = input.context else {
            // Before it had the lease, somebody else had it.
            let isOvertaken = input.error?.Error == RuntimeFailure.Kind.leaseHeld.rawValue
            let error = (input.error?.text ?? "it ended before it began", input.error?.Error)
            await fleet.tell?(self.outcome(nil, error, isOvertaken ? .leaseHeld : .failed), false)
            return FinishOutput(v: PayloadVersion(), status: .failed, report: nil)
        }
        let files = try fleet.files(context)
        let started: RunRecord? = try? await files.find("run.json")
        var report: RunReport?
        var problem = input.error.map { ($0.text, $0.Error) }
        do {
            report = try await RunEvents(fleet, files).report()
        } catch {
            problem = problem ?? ("\(error)", nil)
        }
        try await fleet.ledger.release(context.lease)

        let outcome = self.outcome(report, problem, nil)
        let key = try await files.write(outcome, as: "report.json")
        await fleet.tell?(outcome, started?.only.isEmpty ?? false)
        return FinishOutput(
            v: PayloadVersion(), status: outcome.status, report: ObjectReference(bucket: fleet.bucket, key: key))
    }

    private func outcome(_ report: RunReport?, _ error: (String, String?)?, _ exit: ExitStatus?) -> RunOutcome {
        RunOutcome(
            report, error: error.map { ($0.0, $0.1) }, exit: exit, registry: fleet.publishing.desired.registry.name,
            began: nil, ended: fleet.now)
    }
}
