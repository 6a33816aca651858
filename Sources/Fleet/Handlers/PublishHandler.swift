import FoundationEssentials
import Model
import Publishing

/// Publishes one build in one region. Its failure is an answer; only the ledger's, the lease's and the bucket's are
/// errors.
public struct PublishHandler: Handler {
    let fleet: FleetContext

    public func handle(_ input: PublishInput, _ invocation: Invocation) async throws -> PublishOutput {
        // The same process may be used for thousands of calls, and has little disk.
        defer { try? FileManager.default.removeItem(atPath: fleet.folder) }
        let files = try fleet.files(input.context)
        let cut: RegionCut? = try await files.find(RegionCut.name(input.intent.part))
        let outcome = try await fleet.keeping(input.context, isShort: true) {
            do {
                return try await carryOut(input, cut, invocation)
            } catch let taken as ClaimTaken {
                return try await standing(of: input, taken)
            }
        }
        if case .postponed(_, let error) = outcome, cut == nil, error.isRegionWide {
            try await files.write(RegionCut(reason: error.message), as: RegionCut.name(input.intent.part))
        }
        func answer(_ status: PublishOutput.Status, _ reason: String? = nil) -> PublishOutput {
            PublishOutput(v: PayloadVersion(), region: input.intent.part, status: status, reason: reason)
        }
        switch outcome {
        case .published: return answer(.published)
        case .adopted: return answer(.adopted)
        case .done: return answer(.done)
        case .postponed(.pending, let error): return answer(.pending, error.message)
        case .postponed(.unavailable, let error): return answer(.unavailable, error.message)
        }
    }

    private func carryOut(
        _ input: PublishInput, _ cut: RegionCut?, _ invocation: Invocation
    ) async throws -> IntentOutcome {
        let claim = "publish.\(input.intent.publication).\(input.intent.part)"
        return try await fleet.claiming(claim, input.context, invocation, isDone: \.isSettled) {
            try await fleet.publisher.carryOut(
                input.intent, of: input.item.item, input.context.lease, cut: cut?.reason
            ) { try await fetch($0) }
        }
    }

    /// What a call comes to whose work another delivery of it has.
    private func standing(of input: PublishInput, _ taken: ClaimTaken) async throws -> IntentOutcome {
        let state = try await fleet.ledger.states(of: [input.item.item]).first
        guard state?.openIntents.contains(where: { $0.id == input.intent }) == true else { return .done }
        throw StrataError(
            .unavailable, "call \(taken.holder) is publishing it, until \(taken.until) at the latest",
            place: .init(region: input.intent.part))
    }

    /// The build's zip from the bucket, checked.
    private func fetch(_ artifact: Build.Artifact) async throws -> String {
        try FileManager.default.createDirectory(atPath: fleet.folder, withIntermediateDirectories: true)
        let path = "\(fleet.folder)/\(artifact.sha256.hex).zip"
        let file = try await fleet.blobs.download(fleet.zip(artifact.sha256), to: path)
        guard file.sha256 == artifact.sha256 else {
            throw StrataError(
                .inconsistent, "\(try fleet.zip(artifact.sha256)) holds other bytes than its name says",
                hint: "delete it; the next run stages it again")
        }
        return path
    }
}

extension IntentOutcome {
    /// False if a later call may come to something else.
    fileprivate var isSettled: Bool { if case .postponed = self { false } else { true } }
}
