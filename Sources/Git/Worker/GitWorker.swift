import CGit2
import CPosix
import FoundationEssentials
import Glibc
import HTTP
import Model

/// The short-lived child that speaks SSH or HTTPS.
///
/// libgit2 has no deadlines, and libssh2, TLS and decoders copy secrets to memory that nobody wipes. So the connection
/// lives in a process of its own: the parent kills it when time is up, and with it go all copies of the secret, which
/// arrives through a pipe. argv and the environment hold nothing but a home that is empty except for the pinned host keys,
/// and for HTTPS which proxy and authorities there are.
public enum GitWorker {
    /// Reads a request and the key from standard input, carries it out, tells how it went on standard output.
    public static func main() -> Never {
        _ = cposix_forbid_dumps()
        _ = cposix_die_with_parent(SIGKILL)
        signal(SIGPIPE, SIG_IGN)
        do throws(StrataError) {
            let request = try readRequest()
            let key = try Secret(frame: STDIN_FILENO)
            let passphrase = try Secret(frame: STDIN_FILENO)
            try LibGit2.start()
            switch request.remote {
            case .ssh(let address, let pins):
                WorkerSession.tell(run(request, address, pins, key: key, passphrase: passphrase))
            case .https(let address, let identity):
                if case .request(let wish) = request.operation {
                    WorkerSession.tell(.phase(.request))
                    WorkerSession.tell(.requested(try wish.carryOut(as: identity, for: address, key)))
                } else {
                    WorkerSession.tell(run(request, address, identity, secret: key))
                }
            }
        } catch {
            WorkerSession.tell(.failed(WorkerFailure(error, phase: .connect)))
        }
        exit(0)
    }

    private static func readRequest() throws(StrataError) -> WorkerRequest {
        let frame = try Secret(frame: STDIN_FILENO)
        do {
            return try frame.withBytes { try JSONDecoder().decode(WorkerRequest.self, from: Data($0)) }
        } catch { throw StrataError(.inconsistent, "the git worker got an invalid request") }
    }

    private static func run(
        _ request: WorkerRequest, _ address: RemoteAddress.SSH, _ pins: [SSHPublicKey], key: borrowing Secret,
        passphrase: borrowing Secret
    ) -> WorkerEvent {
        var attempts: [HostKeyPreference] = pins.preferences
        while true {
            let preference = attempts.removeFirst()
            let result = key.withBytes { key in
                passphrase.withBytes { passphrase in
                    attempt(request) { repository throws(StrataError) in
                        try preference.write(for: address)
                        return SSHSession(
                            repository: repository, address: address.description, limit: request.limit, pins: pins,
                            key: key, passphrase: passphrase)
                    }
                }
            }
            // No common host key type is no refusal: the next pinned type may be the server's.
            guard case .failed(var failure) = result, failure.isKeyExchange else { return result }
            if !attempts.isEmpty { continue }
            failure.offer = ServerOffer.read(host: address.host, port: address.port)
            return .failed(failure)
        }
    }

    /// A token of an App that does not hold any more is replaced, once. Nothing was done by then: a server asks who is
    /// there before anything else.
    private static func run(
        _ request: WorkerRequest, _ address: RemoteAddress.HTTPS, _ identity: HTTPSIdentity, secret: borrowing Secret
    ) -> WorkerEvent {
        var isAgain = false
        while true {
            let result = attempt(request) { repository throws(StrataError) in
                WorkerSession.tell(.phase(.authenticate))
                let client = try HTTPClient(.ofThisProcess)
                let authorization = try identity.authorization(
                    secret, for: address, request.operation.writes ? .writing : .reading, client)
                return HTTPSSession(
                    repository: repository, address: address, limit: request.limit, client: client,
                    authorization: authorization)
            }
            guard !isAgain, identity.app != nil, case .failed(let failure) = result, failure.refusal?.status == 401
            else { return result }
            isAgain = true
        }
    }

    private static func attempt(
        _ request: WorkerRequest, _ connect: (OpaquePointer) throws(StrataError) -> WorkerSession
    ) -> WorkerEvent {
        var session: WorkerSession?
        do throws(StrataError) {
            let repository = try Handle("open the cached clone", free: git_repository_free) {
                git_repository_open_bare(&$0, request.clone)
            }
            WorkerSession.tell(.phase(.connect))
            let connection = try connect(repository.pointer)
            session = connection
            switch request.operation {
            case .writableHeads: return .heads(try connection.heads(GIT_DIRECTION_PUSH))
            case .fetch(let branches): return .heads(try connection.fetch(branches))
            case .push(let push): return .pushed(try self.push(push, connection))
            case .request: throw StrataError(.inconsistent, "a host's API is not asked over git")
            }
        } catch {
            if session?.isTooLarge == true {
                return .failed(
                    WorkerFailure(
                        code: StrataError.Code.tooLarge.rawValue,
                        message: "the remote sends more than a fetch's limit of \(request.limit >> 20) MiB",
                        phase: .transfer))
            }
            var failure = WorkerFailure(error, phase: session?.phase ?? .connect)
            failure.words = session?.serverLines ?? []
            session?.annotate(&failure)
            return .failed(failure)
        }
    }

    /// Pushes and, if that is wanted or the server said nothing of the branch, reads the branch back on a connection of
    /// its own.
    private static func push(_ push: Push, _ session: WorkerSession) throws(StrataError) -> PushReply {
        let (answer, isConfirmed) = try session.push(push)
        if let answer { return answer }
        if isConfirmed, !push.isReadBack { return .taken(tip: session.target(of: push.source)) }
        session.beginReadBack()
        do throws(StrataError) { return .taken(tip: try session.heads()[push.branch]) } catch { return .unread }
    }
}

/// Which type of host key the server is asked for. libgit2 takes it from a `known_hosts` in the home: the type of the
/// first line for the host is the only one that it offers. Without a file, libssh2's own order stands.
struct HostKeyPreference {
    let pin: SSHPublicKey?

    /// - Throws: `file`.
    func write(for remote: RemoteAddress.SSH) throws(StrataError) {
        let home = String(cString: getenv("HOME") ?? strdup("/nonexistent"))
        _ = cgit2_set_search_path(GIT_CONFIG_LEVEL_GLOBAL.rawValue, home)
        let folder = home + "/.ssh"
        let file = folder + "/known_hosts"
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            if let pin {
                try Data("[\(remote.host)]:\(remote.port) \(pin)\n".utf8).write(to: URL(filePath: file))
            } else if FileManager.default.fileExists(atPath: file) {
                try FileManager.default.removeItem(atPath: file)
            }
        } catch { throw StrataError(.file, "cannot write the worker's home", place: .init(file: file), cause: error) }
    }
}

extension [SSHPublicKey] {
    /// One attempt for each pinned type, the strongest first; then one that takes what the server offers, to name it in
    /// the refusal.
    var preferences: [HostKeyPreference] {
        var result: [HostKeyPreference] = []
        for type in ["ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"] {
            if let pin = first(where: { $0.type == type }) { result.append(HostKeyPreference(pin: pin)) }
        }
        return result + [HostKeyPreference(pin: nil)]
    }
}

extension WorkerFailure {
    init(_ error: StrataError, phase: RemotePhase) {
        self.init(
            code: error.code.rawValue, message: error.message, hint: error.hint, git: error.cause as? GitFailure,
            phase: phase)
    }

    /// The two sides found no common algorithm, and no host key was shown.
    var isKeyExchange: Bool {
        guard phase == .connect, presented == nil, let git else { return false }
        return git.words.contains("exchange encryption keys") || git.words.contains("method")
    }
}

extension Secret {
    /// Reads one part of a request straight into memory that is wiped.
    init(frame descriptor: Int32) throws(StrataError) {
        var header: (UInt8, UInt8, UInt8, UInt8) = (0, 0, 0, 0)
        try withUnsafeMutableBytes(of: &header) { bytes throws(StrataError) in try Self.fill(bytes, from: descriptor) }
        let count = Int(header.0) << 24 | Int(header.1) << 16 | Int(header.2) << 8 | Int(header.3)
        guard count <= WorkerFrame.limit else { throw StrataError(.inconsistent, "a request of \(count) bytes") }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 1)
        defer {
            if let base = buffer.baseAddress { cposix_wipe(base, count) }
            buffer.deallocate()
        }
        try Self.fill(buffer, from: descriptor)
        self.init(copying: UnsafeRawBufferPointer(buffer))
    }

    private static func fill(_ buffer: UnsafeMutableRawBufferPointer, from descriptor: Int32) throws(StrataError) {
        var done = 0
        while done < buffer.count {
            let count = Glibc.read(descriptor, buffer.baseAddress?.advanced(by: done), buffer.count - done)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw StrataError(.inconsistent, "the git worker's request ended early") }
            done += count
        }
    }
}
