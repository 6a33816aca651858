import Model
import Publishing
import Synchronization

/// Finishes what an execution that died had begun, until shortly before its own time is up; the first step that changes
/// anything, so it looks whether the ledger is the registry's.
public struct RecoverHandler: Handler {
    let fleet: FleetContext

    public func handle(_ input: StepInput, _ invocation: Invocation) async throws -> RecoverOutput {
        let end = invocation.deadline - min(.seconds(60), invocation.remaining / 4)
        let events = Mutex<[RunEvent]>([])
        let fleet = try await fleet.asStarted(fleet.files(input.context))
        if let stamp = try await SeenRegistry.find(in: fleet.blobs) {
            try await fleet.publishing.requireBelonging(toWhatSaid: stamp)
        }
        let output = try await fleet.session(input.context, tell: { event in events.withLock { $0.append(event) } }) {
            try await RecoverStep(until: end).run(NoInput(), $0)
        }
        // For the run's report: no plan and no ledger tells what was adopted from another run.
        let told = events.withLock { $0.filter(\.isOfAnotherRun) }
        if !told.isEmpty {
            try await fleet.files(input.context).write(told, as: "recovered/\(invocation.requestID).json")
        }
        return RecoverOutput(
            v: PayloadVersion(), more: output.hasMore, closed: output.closed, silent: output.silent.keys.sorted())
    }
}

extension RunEvent {
    fileprivate var isOfAnotherRun: Bool {
        switch self {
        case .adopted, .pending: true
        default: false
        }
    }
}
