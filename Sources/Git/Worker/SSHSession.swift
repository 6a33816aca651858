import CGit2
import Model

/// A session over SSH, in the worker: it pins the host's key, offers the deploy key once, and tells how far it is.
final class SSHSession: WorkerSession {
    private let pins: [SSHPublicKey]
    /// Ended by a zero byte; lent for the session's life.
    private let key: UnsafeRawBufferPointer
    /// Empty when there is none.
    private let passphrase: UnsafeRawBufferPointer
    private var presented: SSHPublicKey?
    private var keyRefused = false
    private var offers = 0

    init(
        repository: OpaquePointer, address: String, limit: Int, pins: [SSHPublicKey], key: UnsafeRawBufferPointer,
        passphrase: UnsafeRawBufferPointer
    ) {
        self.pins = pins
        self.key = key
        self.passphrase = passphrase
        super.init(repository: repository, address: address, limit: limit)
    }

    override func install(_ callbacks: inout git_remote_callbacks) throws(StrataError) {
        try super.install(&callbacks)
        offers = 0
        callbacks.certificate_check = { certificate, _, _, payload in
            guard let session = SSHSession.of(payload), let certificate else { return GIT_ECERTIFICATE.rawValue }
            return session.trusts(certificate) ? 0 : GIT_ECERTIFICATE.rawValue
        }
        callbacks.credentials = { out, _, user, _, payload in
            guard let session = SSHSession.of(payload), let out else { return GIT_EAUTH.rawValue }
            return session.offer(out, user)
        }
    }

    private static func of(_ payload: UnsafeMutableRawPointer?) -> SSHSession? { from(payload) as? SSHSession }

    override func annotate(_ failure: inout WorkerFailure) {
        failure.presented = presented
        failure.keyRefused = keyRefused
    }

    /// The server's key must be a pinned one, byte for byte.
    private func trusts(_ certificate: UnsafeMutablePointer<git_cert>) -> Bool {
        guard certificate.pointee.cert_type == GIT_CERT_HOSTKEY_LIBSSH2 else { return false }
        let blob = certificate.withMemoryRebound(to: git_cert_hostkey.self, capacity: 1) { host -> [UInt8]? in
            guard host.pointee.type.rawValue & GIT_CERT_SSH_RAW.rawValue != 0, let raw = host.pointee.hostkey else {
                return nil
            }
            return Array(UnsafeRawBufferPointer(start: raw, count: host.pointee.hostkey_len))
        }
        guard let blob, let key = SSHPublicKey(blob: blob) else { return false }
        guard pins.contains(key) else {
            presented = key
            git_error_set_str(Int32(GIT_ERROR_SSH.rawValue), "the host key is not pinned")
            return false
        }
        enter(.authenticate)
        return true
    }

    /// Offers the key once. libgit2 asks again when the server refuses it; answering would go on until it hangs up.
    private func offer(
        _ out: UnsafeMutablePointer<UnsafeMutablePointer<git_credential>?>, _ user: UnsafePointer<CChar>?
    ) -> Int32 {
        offers += 1
        guard offers == 1 else {
            keyRefused = true
            git_error_set_str(Int32(GIT_ERROR_SSH.rawValue), "the server refused the key")
            return GIT_EUSER.rawValue
        }
        let text = key.assumingMemoryBound(to: CChar.self).baseAddress
        let opening = passphrase.isEmpty ? nil : passphrase.assumingMemoryBound(to: CChar.self).baseAddress
        return git_credential_ssh_key_memory_new(out, user, nil, text, opening)
    }
}
