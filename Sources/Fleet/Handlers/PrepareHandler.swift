import Model
import Planning
import Publishing

/// Takes the lease for the execution and deals the items out in batches.
///
/// A call that is repeated finds the lease that it took, and writes the same files. One that died between taking the
/// lease and noting it leaves the lease to its term.
public struct PrepareHandler: Handler {
    let fleet: FleetContext

    public func handle(_ input: PrepareInput, _ invocation: Invocation) async throws -> PrepareOutput {
        let files = try RunFiles(input.execution, fleet.blobs)
        let scope = try scope(input.only ?? [])
        let lease = try await lease(input.execution, files)
        let items = scope.items
        let batches = stride(from: 0, to: items.count, by: fleet.batchSize).enumerated().map { number, start in
            Batch(
                batch: number,
                items: items[start..<min(start + fleet.batchSize, items.count)].map(ItemText.init))
        }
        try await files.write(
            RunRecord(
                allowances: Allowances(input.allow), only: input.only ?? [], batches: batches.count), as: "run.json")
        let key = try await files.write(batches, as: "batches.json")
        return PrepareOutput(
            v: PayloadVersion(), context: RunContext(run: input.execution, lease: lease),
            batches: ObjectReference(bucket: fleet.bucket, key: key), count: batches.count)
    }

    private func lease(_ execution: String, _ files: RunFiles) async throws -> Lease {
        if let known: Lease = try await files.find("lease.json") {
            do {
                return try await fleet.ledger.renew(known, now: fleet.now, term: FleetContext.leaseTerm)
            } catch let error as StrataError where error.code == .leaseHeld {
                // It was given back, or lost: the execution begins again.
            }
        }
        let lease = try await fleet.ledger.acquire(
            FleetContext.leaseName, holder: "execution \(execution)", now: fleet.now, term: FleetContext.leaseTerm)
        try await files.write(lease, as: "lease.json")
        return lease
    }

    private func scope(_ only: [LayerName]) throws(StrataError) -> Desired {
        let desired = fleet.publishing.desired
        guard !only.isEmpty else { return desired }
        if let unknown = only.first(where: { desired.layer($0) == nil }) {
            throw StrataError(.configuration, "there is no layer '\(unknown)' in the configuration")
        }
        return desired.restricted(to: Set(only))
    }
}

extension Allowances {
    fileprivate init(_ allowed: PrepareInput.Allowed?) {
        self.init(
            overLimits: allowed?.overLimits ?? false, vanished: allowed?.vanished ?? false,
            accountChange: allowed?.accountChange ?? false, revocations: allowed?.revocations ?? false,
            otherPackages: allowed?.otherPackages ?? false, lowerVersions: allowed?.lowerVersions ?? false)
    }
}
