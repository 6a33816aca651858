import Model
import Synchronization

/// Takes in what happens while work is done: each event is told at once, and folded into the report.
public final class Recorder: Sendable {
    private let state: Mutex<RunReport>
    private let tell: @Sendable (RunEvent) -> Void

    /// - Parameter tell: who wants to know of each event.
    public init(_ report: RunReport = RunReport(), tell: @escaping @Sendable (RunEvent) -> Void) {
        state = Mutex(report)
        self.tell = tell
    }

    /// What the events so far come to.
    public var report: RunReport { state.withLock { $0 }.sorted() }

    public func record(_ event: RunEvent) {
        state.withLock { $0.add(event) }
        tell(event)
    }

    func timing<Value: Sendable>(_ stage: RunEvent.Stage, _ body: () async throws -> Value) async throws -> Value {
        let start = ContinuousClock.now
        let value = try await body()
        record(.ended(stage, seconds: (ContinuousClock.now - start) / .seconds(1)))
        return value
    }
}
