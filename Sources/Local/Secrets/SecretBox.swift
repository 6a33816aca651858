import Model
import Synchronization

/// Carries a secret across threads, which a value that cannot be copied does not do by itself. It is taken once.
final class SecretBox: Sendable {
    private let secret: Mutex<Secret?>

    init(_ secret: consuming sending Secret) { self.secret = Mutex(secret) }

    func take() throws(StrataError) -> Secret {
        guard let secret = secret.withLock({ $0.take() }) else {
            throw StrataError(.inconsistent, "a secret was taken twice")
        }
        return secret
    }
}
