import Model
import Synchronization

/// Publications that a session has sent and not finished. Whoever loses the lease must know them: Lambda took the calls
/// without asking whose turn it was.
public final class SentPublications: Sendable {
    private let open = Mutex<[Intent.ID: Intent]>([:])

    public init() {}

    func began(_ intent: Intent) { open.withLock { $0[intent.id] = intent } }
    /// Recorded, or open for the next run to look at.
    func finished(_ intent: Intent) { open.withLock { _ = $0.removeValue(forKey: intent.id) } }

    var unfinished: [Intent] { open.withLock { $0.values.sorted { $0.id < $1.id } } }
}

extension PublishingContext {
    /// Does work under a lease. If the lease goes to another run meanwhile, removes what the work has published and could
    /// not record.
    ///
    /// - Throws: what the work throws; what cannot be removed now is the next run's to find.
    public func withdrawingIfOvertaken<Value>(_ work: (SentPublications) async throws -> Value) async throws -> Value {
        let sent = SentPublications()
        do {
            return try await work(sent)
        } catch let error as StrataError where error.code == .leaseHeld {
            await withdraw(sent.unfinished)
            throw error
        }
    }

    /// Looks for versions at once, and once more when a call that was on its way has had time to take effect.
    private func withdraw(_ intents: [Intent]) async {
        guard !intents.isEmpty else { return }
        await withTaskGroup(of: Void.self) { group in
            for (_, intents) in Dictionary(grouping: intents, by: \.region) {
                group.addTask {
                    for wait in [Duration.zero, provider.listLag] {
                        guard (try? await environment.sleep(wait)) != nil else { return }
                        for intent in intents {
                            // The run ends with the lease's loss, whatever comes of this.
                            _ = try? await within(options.noProgress, self) { try await removeUnrecorded(of: intent) }
                        }
                    }
                }
            }
        }
    }
}
