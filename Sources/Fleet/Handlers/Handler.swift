import FoundationEssentials
import Model

/// One step of the state machine. Thin: it reads what the step needs, calls the run's own step, and answers.
public protocol Handler: Sendable {
    associatedtype Input: Decodable & Sendable
    associatedtype Output: Encodable & Sendable

    func handle(_ input: Input, _ invocation: Invocation) async throws -> Output
}

extension Handler {
    /// The handler as the runtime's loop calls it.
    var asFunction: RuntimeLoop.Handle {
        { invocation in
            let input = try JSONDecoder().decode(Input.self, from: Data(invocation.payload))
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return Array(try encoder.encode(await handle(input, invocation)))
        }
    }
}

/// The handlers by their names, as Lambda's `_HANDLER` has them.
public enum HandlerName: String, Sendable, CaseIterable {
    case prepare, recover, resolve, plan, build, publish, commit, prune, finish

    public func function(_ fleet: FleetContext) -> RuntimeLoop.Handle {
        switch self {
        case .prepare: PrepareHandler(fleet: fleet).asFunction
        case .recover: RecoverHandler(fleet: fleet).asFunction
        case .resolve: ResolveHandler(fleet: fleet).asFunction
        case .plan: PlanHandler(fleet: fleet).asFunction
        case .build: BuildHandler(fleet: fleet).asFunction
        case .publish: PublishHandler(fleet: fleet).asFunction
        case .commit: CommitHandler(fleet: fleet).asFunction
        case .prune: PruneHandler(fleet: fleet).asFunction
        case .finish: FinishHandler(fleet: fleet).asFunction
        }
    }
}
