import CPosix
import Glibc
import Model
import Synchronization

/// What the tasks of the program tell the curl thread.
///
/// It holds nothing of curl's, so it can be shared without a lock around curl: the thread polls the descriptor along
/// with its sockets.
final class Inbox: Sendable {
    typealias Waiter = CheckedContinuation<Result<HTTPResponse, StrataError>, Never>

    enum Message: Sendable {
        case start(Ticket, Waiter)
        case cancel(Ticket)
    }

    private struct State {
        var messages: [Message] = []
        var isClosed = false
    }

    /// Readable while there is something to take.
    let descriptor: Int32
    private let state = Mutex(State())

    init() throws(StrataError) {
        descriptor = cposix_event()
        guard descriptor >= 0 else { throw StrataError(.tool, "no descriptor for the HTTP client: errno \(errno)") }
    }

    deinit { Glibc.close(descriptor) }

    /// - Returns: false if the thread has been told to end, and will not see the message.
    func post(_ message: Message) -> Bool {
        let accepted = state.withLock { state in
            guard !state.isClosed else { return false }
            state.messages.append(message)
            return true
        }
        if accepted { wake() }
        return accepted
    }

    func close() {
        state.withLock { $0.isClosed = true }
        wake()
    }

    /// All messages so far, and whether they are the last.
    func take() -> (messages: [Message], isLast: Bool) {
        var count: UInt64 = 0
        _ = read(descriptor, &count, MemoryLayout.size(ofValue: count))
        return state.withLock { state in
            defer { state.messages = [] }
            return (state.messages, state.isClosed)
        }
    }

    /// Fails only if the counter is full, and then the descriptor is readable anyway.
    private func wake() {
        var one: UInt64 = 1
        _ = write(descriptor, &one, MemoryLayout.size(ofValue: one))
    }
}
