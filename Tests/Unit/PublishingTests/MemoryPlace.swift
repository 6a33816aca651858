import Model
import Synchronization

/// A site's place in memory, which may die.
final class MemoryPlace: SitePlace {
    struct State {
        var files: [String: [UInt8]] = [:]
        /// What was done: `+path`, `-path`.
        var log: [String] = []
        /// What was refreshed; nil for all.
        var refreshed: [[String]?] = []
        /// So many calls go well; then all fail, and take effect or not by turns. nil for all.
        var callsLeft: Int?
        var isReached = true
    }
    let state = Mutex(State())

    /// The files that readers ask for.
    var site: [String: String] {
        state.withLock { state in
            state.files.filter { !$0.key.hasPrefix(".strata/") }.mapValues { String(decoding: $0, as: UTF8.self) }
        }
    }

    func withFiles<Value: Sendable>(
        _ body: @escaping @Sendable (_ read: (String) throws -> [UInt8]?) throws -> Value
    ) async throws -> Value {
        let files = try state.withLock { state in
            guard state.isReached else { throw Self.gone }
            return state.files
        }
        return try body { files[$0] }
    }

    func write(_ bytes: [UInt8], to path: String) async throws {
        try act("+\(path)") { $0[path] = bytes }
    }

    func delete(_ path: String) async throws {
        try act("-\(path)") { $0[path] = nil }
    }

    func refresh(_ paths: [String]?, as id: String) async throws {
        try act("refresh") { _ in }
        state.withLock { $0.refreshed.append(paths) }
    }

    private func act(_ what: String, _ change: (inout [String: [UInt8]]) -> Void) throws {
        try state.withLock { state in
            guard state.isReached else { throw Self.gone }
            if let left = state.callsLeft {
                // The last call may have arrived though its answer did not.
                if left == 0, state.log.count.isMultiple(of: 2) { change(&state.files) }
                guard left > 0 else { throw Self.gone }
                state.callsLeft = left - 1
            }
            state.log.append(what)
            change(&state.files)
        }
    }

    private static let gone = StrataError(.accessDenied, "the place may not be written to", hint: "allow it")
}
