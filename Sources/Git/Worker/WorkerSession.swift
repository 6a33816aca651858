import FoundationEssentials
import Glibc
import Model

/// A session in the worker: it tells the parent how far it is.
class WorkerSession: RemoteSession {
    private(set) var phase = RemotePhase.connect
    private var isReadingBack = false
    private var lastSign = ContinuousClock.now

    /// What the session knows of a failure, added to what libgit2 says of it.
    func annotate(_ failure: inout WorkerFailure) {}

    func beginReadBack() {
        enter(.readBack)
        isReadingBack = true
    }

    override func progressed() { enter(phase) }
    override func receiving() { enter(.transfer) }
    override func listing() { enter(.list) }
    override func pushing() { enter(.push) }

    /// Tells a new phase at once, and at most one sign of life in a tenth of a second.
    func enter(_ next: RemotePhase) {
        if isReadingBack { return }
        if next != phase {
            phase = next
            Self.tell(.phase(next))
        } else if lastSign.duration(to: .now) > .milliseconds(100) {
            Self.tell(.alive)
        } else {
            return
        }
        lastSign = .now
    }

    /// One line on standard output. A parent that is gone reads nothing, and kills this process besides.
    static func tell(_ event: WorkerEvent) {
        guard var line = try? JSONEncoder().encode(event) else { return }
        line.append(0x0a)
        line.withUnsafeBytes { bytes in
            var done = 0
            while done < bytes.count {
                let count = write(STDOUT_FILENO, bytes.baseAddress?.advanced(by: done), bytes.count - done)
                if count < 0, errno == EINTR { continue }
                if count <= 0 { return }
                done += count
            }
        }
    }
}
