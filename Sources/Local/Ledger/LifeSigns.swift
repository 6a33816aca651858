import CPosix
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
    private let held = Mutex<[String: Int32]>([:])

    init(ledger: String) { self.ledger = ledger }

    deinit { lowerAll() }

    /// Shows that this process holds the lease, until `lower` or its end. Where that cannot be shown, the term alone
    /// counts: no sign is better than one that says that nobody is there.
    func raise(_ name: String, token: Int) {
        let path = path(name, token)
        let descriptor = cposix_open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0, cposix_lock_file(descriptor, 0) == 0 else {
            unlink(path)
            if descriptor >= 0 { close(descriptor) }
            return
        }
        held.withLock { _ = $0.updateValue(descriptor, forKey: path).map(close) }
    }

    /// True if the holder is known to be gone: its file is there and nobody has it locked.
    func isGone(_ name: String, token: Int) -> Bool {
        let descriptor = cposix_open(path(name, token), O_RDWR | O_CLOEXEC, 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return cposix_lock_file(descriptor, 0) == 0
    }

    /// Takes the sign away: the lease was given back, or somebody else has it now.
    func lower(_ name: String, token: Int) {
        let path = path(name, token)
        unlink(path)
        held.withLock { _ = $0.removeValue(forKey: path).map(close) }
    }

    func lowerAll() {
        held.withLock { held in
            for descriptor in held.values { close(descriptor) }
            held = [:]
        }
    }

    private func path(_ name: String, _ token: Int) -> String { "\(ledger)-lease-\(name)-\(token)" }
}
