import Model
import Publishing

/// Takes the lease for the execution and deals the items out in batches.
///
/// The holder is the execution, so a call that is repeated takes its own lease again and writes the same files.
public struct PrepareHandler: Handler {
    let equipment: Equipment

    public func handle(_ input: PrepareInput, _ invocation: Invocation) async throws -> PrepareOutput {
        let files = try RunFiles(input.execution, equipment.blobs)
        let scope = try scope(input.only ?? [])
        let lease = try await equipment.ledger.acquire(
            Equipment.leaseName, holder: "execution \(input.execution)", now: equipment.now,
            term: Equipment.leaseTerm)
        let items = scope.items
        let batches = stride(from: 0, to: items.count, by: equipment.batchSize).enumerated().map { number, start in
            Batch(
                batch: number,
                items: items[start..<min(start + equipment.batchSize, items.count)].map(ItemText.init))
        }
        try await files.write(
            RunRecord(
                overLimits: input.allow?.overLimits ?? false, vanished: input.allow?.vanished ?? false,
                only: input.only ?? [], batches: batches.count), as: "run.json")
        let key = try await files.write(batches, as: "batches.json")
        return PrepareOutput(
            v: PayloadVersion(), context: RunContext(run: input.execution, lease: lease),
            batches: ObjectReference(bucket: equipment.bucket, key: key), count: batches.count)
    }

    private func scope(_ only: [LayerName]) throws(StrataError) -> Desired {
        var scope = equipment.publisher.desired
        guard !only.isEmpty else { return scope }
        if let unknown = only.first(where: { scope.layer($0) == nil }) {
            throw StrataError(.configuration, "there is no layer '\(unknown)' in the configuration")
        }
        scope.layers.removeAll { !only.contains($0.name) }
        return scope
    }
}
