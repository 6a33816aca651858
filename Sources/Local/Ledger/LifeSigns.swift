import Files
import Glibc
import Model
import Synchronization

/// Tells whether the process that took a lease is still there.
///
/// Whoever takes a lease locks a file beside the ledger that bears the lease's token. The kernel gives the lock back
/// when the process dies, however it dies, so the next run need not wait for the end of the term. A holder on another
/// machine has the file too if the folder is shared and its locks work there; where the file is missing, the term alone
/// decides.
final class LifeSigns: Sendable {
    private let ledger: String
    private let held = Mutex<[String: HeldFile]>([:])

    /// An open file as a value that can be kept; the last one to forget it closes it.
    private final class HeldFile: Sendable {
        let file: OpenFile
        init(_ file: consuming OpenFile) { self.file = file }
    }

    init(ledger: String) { self.ledger = ledger }

    /// Shows that this process holds the lease, until `lower` or its end. Where that cannot be shown, the term alone
    /// counts: no sign is better than one that says that nobody is there.
    func raise(_ name: String, token: Int) {
        let path = path(name, token)
        guard let file = try? OpenFile(path, O_RDWR | O_CREAT, mode: 0o600), (try? file.lock()) == true else {
            unlink(path)
            return
        }
        let sign = HeldFile(file)
        held.withLock { $0[path] = sign }
    }

    /// True if the holder is known to be gone: its file is there and nobody has it locked.
    func isGone(_ name: String, token: Int) -> Bool {
        guard let file = try? OpenFile(path(name, token), O_RDWR) else { return false }
        return (try? file.lock()) == true
    }

    /// Takes the sign away: the lease was given back, or somebody else has it now.
    func lower(_ name: String, token: Int) {
        let path = path(name, token)
        unlink(path)
        held.withLock { _ = $0.removeValue(forKey: path) }
    }

    func lowerAll() { held.withLock { $0 = [:] } }

    private func path(_ name: String, _ token: Int) -> String { "\(ledger)-lease-\(name)-\(token)" }
}
