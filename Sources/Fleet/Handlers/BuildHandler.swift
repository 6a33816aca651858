import FoundationEssentials
import Model
import Publishing

/// Makes an item's zip, records and stages it, and writes down what is to be published where.
public struct BuildHandler: Handler {
    let fleet: FleetContext

    public func handle(_ input: BuildInput, _ invocation: Invocation) async throws -> BuildOutput {
        let item = input.item.item
        let files = try fleet.files(input.context)
        let plans: [ItemPlan] = try await files.read("plans/\(input.batch).json")
        guard let plan = plans.first(where: { $0.item == item }), plan.build != nil else {
            throw StrataError(.invalidRequest, "batch \(input.batch) plans no build", place: item.place)
        }
        let output = try await fleet.session(input.context) { session in
            try await BuildStep(staging: fleet.staging).run(.init(plan), session)
        }
        if let failure = output.failure {
            try await files.write(
                BuildFailure(failure: failure, isRefusal: output.isRefusal), as: RunFiles.failure(item))
        }
        return BuildOutput(
            v: PayloadVersion(), item: input.item, publication: output.intents.first?.id.publication,
            regions: output.intents.map { .init(region: $0.region, intent: $0.id) }, failed: output.failure?.reason)
    }
}

extension FleetContext {
    /// The bucket, where those who publish find the zips.
    fileprivate var staging: BuildStep.Staging {
        BuildStep.Staging(
            holds: { try await blobs.head(zip($0.sha256))?.size == $0.zipped },
            keep: { built in
                defer { try? FileManager.default.removeItem(atPath: built.path) }
                try await blobs.upload(
                    BlobFile(path: built.path, size: built.zipped, sha256: built.sha256), as: zip(built.sha256),
                    unlessExists: true)
            })
    }
}
