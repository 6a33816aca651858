import FoundationEssentials
import Glibc
import Model
import Synchronization

/// One run of the git worker: started, given its request and the key, listened to, and killed when it is done, silent
/// for too long, out of time or no longer wanted.
struct WorkerRun: ~Copyable {
    private let child: ChildProcess
    private let patience: Duration
    private let deadline: Deadline
    private var phase = RemotePhase.connect
    private var spoke = ContinuousClock.now
    private var lines = LineReader()
    private var complaints: [UInt8] = []

    /// - Parameters:
    ///   - variables: what the worker gets in its environment, besides what every program needs.
    ///   - patience: how long the worker may say nothing.
    init(
        _ worker: SSHAccess.Worker, home: String, variables: [String: String] = [:], patience: Duration,
        deadline: Deadline
    ) throws(StrataError) {
        do { try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true) } catch {
            throw StrataError(.file, "cannot make the git worker's home", place: .init(file: home), cause: error)
        }
        // From the parent's environment, only what a program needs to find its libraries and its hosts.
        var environment = variables
        environment["HOME"] = home
        environment["SWIFT_BACKTRACE"] = "enable=no"
        for name in ["LD_LIBRARY_PATH", "RES_OPTIONS", "LOCALDOMAIN"] {
            if let value = getenv(name) { environment[name] = String(cString: value) }
        }
        child = try ChildProcess(worker.executable, worker.arguments, environment: environment)
        self.patience = patience
        self.deadline = deadline
    }

    /// Hands over the request and the secrets: each straight from its memory to the pipe.
    func send(
        _ request: WorkerRequest, _ secret: borrowing Secret, passphrase: borrowing Secret? = nil
    ) throws(StrataError) {
        let json: Data
        do { json = try JSONEncoder().encode(request) } catch {
            throw StrataError(.inconsistent, "a request cannot be written", cause: error)
        }
        var whole = json.withUnsafeBytes { send(part: $0) }
        whole = whole && secret.withBytes { send(part: $0) }
        switch passphrase {
        case .some(let passphrase): whole = whole && passphrase.withBytes { send(part: $0) }
        case .none: whole = whole && send(part: UnsafeRawBufferPointer(start: nil, count: 0))
        }
        child.endInput()
        // A child that died says why on its error output; that is read below.
        _ = whole
    }

    private func send(part: UnsafeRawBufferPointer) -> Bool {
        WorkerFrame.header(part.count).withUnsafeBytes { child.send($0) } && child.send(part)
    }

    /// Listens until the worker tells a result.
    /// - Throws: `timedOut` with the phase, `cancelled`, `unavailable` when the worker died.
    mutating func result(_ cancellation: CancellationSignal) throws(StrataError) -> WorkerEvent {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let silent = min(
                deadline.remaining, phase == .push ? .seconds(86_400) : patience - spoke.duration(to: .now))
            guard silent > .zero else { throw timeout() }
            var watched = [
                pollfd(fd: child.output, events: Int16(POLLIN), revents: 0),
                pollfd(fd: child.errors, events: Int16(POLLIN), revents: 0),
                pollfd(fd: cancellation.descriptor, events: Int16(POLLIN), revents: 0),
            ]
            let milliseconds = silent.components.seconds * 1000 + silent.components.attoseconds / 1_000_000_000_000_000
            let ready = poll(&watched, nfds_t(watched.count), Int32(clamping: milliseconds + 1))
            guard ready > 0 else { continue }
            if watched[2].revents != 0 { throw StrataError(.cancelled, "cancelled while \(phase.doing)") }
            if watched[1].revents != 0 {
                let count = max(0, read(child.errors, &buffer, buffer.count))
                complaints = (complaints + buffer[..<count]).suffix(2000)
            }
            guard watched[0].revents != 0 else { continue }
            let count = read(child.output, &buffer, buffer.count)
            guard count > 0 else { throw died() }
            spoke = .now
            for line in try lines.add(buffer[..<count]) {
                if let result = try take(line) { return result }
            }
        }
    }

    private mutating func take(_ line: [UInt8]) throws(StrataError) -> WorkerEvent? {
        guard let event = try? JSONDecoder().decode(WorkerEvent.self, from: Data(line)) else {
            throw StrataError(.inconsistent, "the git worker sent an invalid message")
        }
        switch event {
        case .phase(let next): phase = next
        case .alive: break
        case .heads, .pushed, .requested, .failed: return event
        }
        return nil
    }

    private func timeout() -> StrataError {
        StrataError(
            .timedOut, "the remote stopped responding while \(phase.doing)",
            hint: "try again; if it is slow, raise git.deadline")
    }

    private func died() -> StrataError {
        let words = String(decoding: complaints, as: UTF8.self).split(separator: "\n").last.map { ": \($0)" } ?? ""
        return StrataError(
            .unavailable, "the git worker died while \(phase.doing)\(words)", cause: WorkerDeath())
    }
}

/// The worker ended without a word of its own. A damaged clone may have killed it.
struct WorkerDeath: Error {}

extension RemotePhase {
    /// To follow 'while'.
    var doing: String {
        switch self {
        case .connect: "connecting and exchanging keys"
        case .authenticate: "logging in and asking for its branches"
        case .list: "listing its branches"
        case .transfer: "sending its objects"
        case .push: "taking the push, running its hooks and reporting"
        case .readBack: "being read back"
        case .request: "answering about requests to merge"
        }
    }
}

/// Cuts what a pipe brings into lines.
private struct LineReader {
    private var rest: [UInt8] = []

    /// - Throws: `inconsistent` for a line without end.
    mutating func add(_ bytes: ArraySlice<UInt8>) throws(StrataError) -> [[UInt8]] {
        rest += bytes
        guard rest.count < 16 << 20 else { throw StrataError(.inconsistent, "the git worker sends too much") }
        var lines = rest.split(separator: 0x0a, omittingEmptySubsequences: false).map(Array.init)
        rest = lines.popLast() ?? []
        return lines
    }
}

/// Wakes a poll when its task is cancelled.
///
/// The descriptors are closed only when nobody can write to them any more: both are behind the lock.
final class CancellationSignal: Sendable {
    let descriptor: Int32
    private let end: Mutex<Int32>

    init() throws(StrataError) {
        var ends: [Int32] = [-1, -1]
        guard makePair(&ends) else {
            throw StrataError(.tool, "cannot make a pair of sockets: \(String(cString: strerror(errno)))")
        }
        descriptor = ends[0]
        end = Mutex(ends[1])
    }

    deinit {
        close(descriptor)
        end.withLock { if $0 >= 0 { close($0) } }
    }

    /// Closing the other end is what the poll sees.
    func cancel() {
        end.withLock { end in
            if end >= 0 { close(end) }
            end = -1
        }
    }
}
