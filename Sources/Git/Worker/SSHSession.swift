import CGit2
import FoundationEssentials
import Glibc
import Model

/// A session over SSH, in the worker: it pins the host's key, offers the deploy key once, and tells how far it is.
final class SSHSession: RemoteSession {
    private let pins: [SSHPublicKey]
    /// Ended by a zero byte; lent for the session's life.
    private let key: UnsafeRawBufferPointer
    /// Empty when there is none.
    private let passphrase: UnsafeRawBufferPointer
    private(set) var phase = RemotePhase.connect
    private(set) var presented: SSHPublicKey?
    private(set) var keyRefused = false
    private var offers = 0
    private var isReadingBack = false
    private var lastSign = ContinuousClock.now

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

    func beginReadBack() {
        enter(.readBack)
        isReadingBack = true
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

    override func progressed() { enter(phase) }

    override func receiving() { enter(.transfer) }
    override func listing() { enter(.list) }
    override func pushing() { enter(.push) }

    /// Tells a new phase at once, and at most one sign of life in a tenth of a second.
    private func enter(_ next: RemotePhase) {
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
