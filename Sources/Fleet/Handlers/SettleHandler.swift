import Model
import Publishing

/// Finishes what an execution that died had begun, until shortly before its own time is up.
public struct SettleHandler: Handler {
    let fleet: FleetContext

    public func handle(_ input: StepInput, _ invocation: Invocation) async throws -> SettleOutput {
        let reserve = min(.seconds(60), invocation.remaining / 4)
        let settling = try await fleet.keeping(input.context) {
            try await fleet.publisher.settleOpenIntents(
                input.context.lease, until: invocation.deadline - reserve)
        }
        return SettleOutput(
            v: PayloadVersion(), more: settling.hasMore, settled: settling.settled,
            silent: settling.silent.keys.sorted())
    }
}
