import HTTP
import Model

/// Takes one call after another and answers each: what Lambda expects of a custom runtime.
///
/// The loop ends when its task is cancelled (SIGTERM), and throws when its process is of no use any more: Lambda then
/// starts a new one.
public struct RuntimeLoop: Sendable {
    public typealias Handle = @Sendable (Invocation) async throws -> [UInt8]

    private let api: RuntimeAPI
    private let log: FleetLog

    public init(_ api: RuntimeAPI, log: FleetLog) {
        self.api = api
        self.log = log
    }

    /// - Throws: `connection` and `unavailable` if the other side is gone, `timedOut` if a handler did not let itself be
    ///   cancelled and is still at work.
    public func run(_ handle: @escaping Handle) async throws {
        while let invocation = try await next() {
            try await TraceHeader.$current.withValue(invocation.trace) {
                try await Invocation.$current.withValue(invocation) { try await serve(invocation, handle) }
            }
        }
    }

    /// - Returns: nil once the loop's task is cancelled.
    private func next() async throws -> Invocation? {
        do {
            return Task.isCancelled ? nil : try await api.next()
        } catch {
            if error.code == .cancelled { return nil }
            throw error
        }
    }

    private func serve(_ invocation: Invocation, _ handle: @escaping Handle) async throws {
        let attempt = await Attempt.carryOut(invocation, handle)
        let (api, log) = (api, log)
        // What has begun is answered, also if this task has been cancelled meanwhile.
        try await Task {
            switch attempt.ending {
            case .response(let body):
                try await api.respond(body, to: invocation.requestID)
            case .failure(let failure):
                log.error("\(failure.errorType): \(failure.errorMessage)")
                try await api.report(failure, of: invocation.requestID)
            }
        }.value
        if attempt.isStuck {
            throw StrataError(.timedOut, "the handler did not end when its time was up; the process ends instead")
        }
    }
}
