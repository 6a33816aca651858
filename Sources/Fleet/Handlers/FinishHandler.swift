import Model
import Publishing

/// Tells what the run came to, gives the lease back and notifies whoever wants to know.
///
/// It runs after a failure too, so nothing that it finds missing stops it.
public struct FinishHandler: Handler {
    let fleet: FleetContext

    public func handle(_ input: FinishInput, _ invocation: Invocation) async throws -> FinishOutput {
        guard let context = input.context else {
            let error = input.error?.text ?? "it ended before it began"
            try await fleet.notify?("Strata: the run failed", error)
            return FinishOutput(v: PayloadVersion(), status: .failed, report: nil)
        }
        let files = try fleet.files(context)
        var report: RunReport?
        var problem = input.error?.text
        do {
            report = try await RunEvents(fleet, files).report()
        } catch {
            problem = problem ?? "\(error)"
        }
        try await fleet.ledger.release(context.lease)

        let status: FinishOutput.Status =
            problem != nil ? .failed : report.map { $0.status == .done } == true ? .done : .partly
        let key = try await files.write(FinishedRun(status: status, error: problem, report: report), as: "report.json")
        if status != .done || report?.hasChanged == true {
            try await fleet.notify?(
                "Strata: \(status.rawValue)", FinishedRun(status: status, error: problem, report: report).text)
        }
        return FinishOutput(
            v: PayloadVersion(), status: status, report: ObjectReference(bucket: fleet.bucket, key: key))
    }
}

/// `report.json`.
struct FinishedRun: Sendable, Codable {
    var v = PayloadVersion()
    let status: FinishOutput.Status
    /// What ended the run.
    let error: String?
    /// What was done and what is left; nil if the run ended before it had a plan.
    let report: RunReport?

    /// For a message to people.
    var text: String {
        var lines: [String] = []
        if let error { lines.append("The run ended early: \(error)") }
        if let report {
            lines.append(
                "\(report.published.count) releases published from \(report.built) builds; \(report.deprecated) "
                    + "deprecated; \(report.pending.count) regions pending; \(report.failed.count) items failed; "
                    + "\(report.refused.count) refused.")
            for failure in (report.pending + report.failed).prefix(20) {
                lines.append("\(failure.item)\(failure.region.map { " \($0)" } ?? ""): \(failure.reason)")
            }
            lines += report.sitesBehind.map { "the site at \($0.place): \($0.reason)" }
        }
        return lines.joined(separator: "\n")
    }
}
