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
        let output = try await fleet.session(input.context, isShort: true) { session in
            do {
                return try await publish(input, session, invocation)
            } catch let taken as ClaimTaken {
                return try await standing(of: input, taken)
            }
        }
        return PublishOutput(input.intent.part, output)
    }

    private func publish(
        _ input: PublishInput, _ session: Session, _ invocation: Invocation
    ) async throws -> PublishStep.Output {
        let claim = "publish.\(input.intent.publication).\(input.intent.part)"
        return try await fleet.claiming(claim, input.context, invocation, isDone: \.isFinal) { isFirst in
            let output = try await PublishStep(.zip(fetch)).run(
                .init(input.intent, of: input.item.item, isFresh: isFirst), session)
            if let failure = session.recorder.report.pending.first, let region = failure.region {
                try await fleet.files(input.context).write(failure, as: RunFiles.pending(failure.item, region))
            }
            return output
        }
    }

    /// What a call comes to whose work another delivery of it has.
    private func standing(of input: PublishInput, _ taken: ClaimTaken) async throws -> PublishStep.Output {
        let state = try await fleet.ledger.states(of: [input.item.item]).first
        guard state?.openIntents.contains(where: { $0.id == input.intent }) == true else { return .done }
        throw StrataError(
            .unavailable, "call \(taken.holder) is publishing it, until \(taken.until) at the latest",
            place: .init(region: input.intent.part))
    }

    /// The build's zip from the bucket, checked.
    @Sendable private func fetch(_ artifact: Build.Artifact) async throws -> String {
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

extension PublishOutput {
    fileprivate init(_ region: String, _ output: PublishStep.Output) {
        func answer(_ status: Status, _ reason: String? = nil) -> PublishOutput {
            PublishOutput(v: PayloadVersion(), region: region, status: status, reason: reason)
        }
        self =
            switch output {
            case .published: answer(.published)
            case .adopted: answer(.adopted)
            case .done: answer(.done)
            case .postponed(.pending, let reason): answer(.pending, reason)
            case .postponed(.unavailable, let reason): answer(.unavailable, reason)
            }
    }
}
