import Model
import Synchronization

/// One call's work, within its time.
struct Attempt: Sendable {
    enum Ending: Sendable {
        case response([UInt8])
        case failure(RuntimeFailure)
    }
    let ending: Ending
    /// True if the handler went on although it was cancelled.
    var isStuck = false

    /// Runs the handler and cancels it a moment before Lambda would end the process: so that the caller gets an error
    /// that says why, and the next call a process that is warm.
    static func carryOut(_ invocation: Invocation, _ handle: @escaping RuntimeLoop.Handle) async -> Attempt {
        let first = First<Attempt>()
        let margin = max(.milliseconds(20), min(.seconds(1), invocation.remaining / 5))
        let time = Time()
        let work = Task {
            let ending: Ending
            do {
                ending = try checked(await handle(invocation))
            } catch {
                let wasCancelled = error is CancellationError || (error as? StrataError)?.code == .cancelled
                ending = .failure(
                    wasCancelled && time.isOver.load(ordering: .acquiring) ? .outOfTime : RuntimeFailure(error))
            }
            first.set(Attempt(ending: ending))
        }
        let timer = Task {
            try await Task.sleep(until: invocation.deadline - margin, clock: .continuous)
            time.isOver.store(true, ordering: .releasing)
            work.cancel()
            try await Task.sleep(for: margin / 2)
            first.set(Attempt(ending: .failure(.outOfTime), isStuck: true))
        }
        defer { timer.cancel() }
        return await withTaskCancellationHandler {
            await first.value()
        } onCancel: {
            work.cancel()
        }
    }

    private static func checked(_ body: [UInt8]) throws -> Ending {
        guard body.count <= RuntimeAPI.responseLimit.bytes else {
            throw RuntimeFailure(
                .tooLarge,
                "the response has \(body.count) bytes, and Lambda takes \(RuntimeAPI.responseLimit.bytes)")
        }
        return .response(body)
    }
}

extension RuntimeFailure {
    fileprivate static let outOfTime = RuntimeFailure(
        .temporary, "the call ran out of time; what it had written down is finished by the next one")
}

private final class Time: Sendable {
    let isOver = Atomic(false)
}

/// The first value of several, for one who waits.
private final class First<Value: Sendable>: Sendable {
    private struct State {
        var value: Value?
        var waiter: CheckedContinuation<Value, Never>?
    }
    private let state = Mutex(State())

    func set(_ value: Value) {
        let waiter = state.withLock { state -> CheckedContinuation<Value, Never>? in
            guard state.value == nil else { return nil }
            state.value = value
            return state.waiter
        }
        waiter?.resume(returning: value)
    }

    /// To be called once.
    func value() async -> Value {
        await withCheckedContinuation { waiter in
            let known = state.withLock { state -> Value? in
                if state.value == nil { state.waiter = waiter }
                return state.value
            }
            if let known { waiter.resume(returning: known) }
        }
    }
}
