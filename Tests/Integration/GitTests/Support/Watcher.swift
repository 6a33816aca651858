import Foundation
import Synchronization

/// Looks at the git workers of this machine while they run.
final class Watcher: Sendable {
    private struct State {
        var isWatching = true
        var seen: Set<pid_t> = []
        var finds: [String] = []
    }
    private let state = Mutex(State())
    private let traces: @Sendable (String.UTF8View) -> Bool

    init(traces: @escaping @Sendable (String.UTF8View) -> Bool) { self.traces = traces }

    var seen: Int { state.withLock { $0.seen.count } }
    var finds: [String] { state.withLock { $0.finds } }
    func stop() { state.withLock { $0.isWatching = false } }

    func watch() {
        while state.withLock({ $0.isWatching }) {
            for worker in Self.workers() {
                for file in ["cmdline", "environ"] where traces(Self.text(worker, file).utf8) {
                    state.withLock { $0.finds.append("\(file) of \(worker)") }
                }
                _ = state.withLock { $0.seen.insert(worker) }
            }
            usleep(2000)
        }
    }

    /// The children of this process that run the worker's program.
    static func workers() -> [pid_t] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap(pid_t.init).filter { text($0, "cmdline").hasPrefix(gitWorker.executable) }
    }

    static func text(_ pid: pid_t, _ file: String) -> String {
        String(decoding: FileManager.default.contents(atPath: "/proc/\(pid)/\(file)") ?? Data(), as: UTF8.self)
    }
}
