import CGit2
import HTTP
import Model

/// A session over HTTPS, in the worker: git's smart protocol as libgit2 speaks it, carried by our own HTTP client.
///
/// The credential goes with each request from the first on, to the configured host and nowhere else: no redirect is
/// followed. https://git-scm.com/docs/gitprotocol-http
final class HTTPSSession: WorkerSession {
    let client: HTTPClient
    let authorization: String
    let url: String
    /// What the server answered instead of what it was asked for.
    private var refusal: HTTPSRefusal?
    /// Why there was no answer.
    private var broken: StrataError?

    init(
        repository: OpaquePointer, address: RemoteAddress.HTTPS, limit: Int, client: HTTPClient, authorization: String
    ) {
        self.client = client
        self.authorization = authorization
        url = address.description
        super.init(repository: repository, address: address.description, limit: limit)
    }

    override func install(_ callbacks: inout git_remote_callbacks) throws(StrataError) {
        try super.install(&callbacks)
        callbacks.transport = { out, remote, payload in
            // It is called, and what it says of statelessness copied, before this returns.
            var carrier = git_smart_subtransport_definition(
                callback: { out, _, session in HTTPSSession.makeCarrier(out, session) }, rpc: 1, param: payload)
            return git_transport_smart(out, remote, &carrier)
        }
    }

    override func annotate(_ failure: inout WorkerFailure) {
        failure.refusal = refusal
        guard let broken else { return }
        failure.git = nil
        failure.code = broken.code.rawValue
        failure.message = broken.message
        failure.hint = broken.hint
    }

    func note(_ refusal: HTTPSRefusal) { self.refusal = refusal }
    func note(_ error: StrataError) { broken = error }

    // MARK: libgit2's side

    /// - Parameter session: a session, which outlives all calls that are given its callbacks.
    private static func makeCarrier(
        _ out: UnsafeMutablePointer<UnsafeMutablePointer<git_smart_subtransport>?>?, _ session: UnsafeMutableRawPointer?
    ) -> Int32 {
        guard let out, let session else { return GIT_ERROR.rawValue }
        let carrier = UnsafeMutablePointer<cgit2_subtransport>.allocate(capacity: 1)
        carrier.initialize(to: cgit2_subtransport())
        carrier.pointee.owner = session
        carrier.pointee.base.action = { out, carrier, _, service in
            guard let out, let session = HTTPSSession.of(carrier), let service = HTTPSExchange.Service(service) else {
                return GIT_ERROR.rawValue
            }
            out.pointee = HTTPSExchange(session, service).stream()
            return 0
        }
        carrier.pointee.base.close = { _ in 0 }
        carrier.pointee.base.free = { carrier in
            guard let carrier else { return }
            UnsafeMutableRawPointer(carrier).assumingMemoryBound(to: cgit2_subtransport.self).deallocate()
        }
        out.pointee = UnsafeMutableRawPointer(carrier).assumingMemoryBound(to: git_smart_subtransport.self)
        return 0
    }

    private static func of(_ carrier: UnsafeMutablePointer<git_smart_subtransport>?) -> HTTPSSession? {
        guard let carrier else { return nil }
        // It is the first member of ours.
        let ours = UnsafeMutableRawPointer(carrier).assumingMemoryBound(to: cgit2_subtransport.self)
        return RemoteSession.from(ours.pointee.owner) as? HTTPSSession
    }
}

/// An answer that is none of git's.
struct HTTPSRefusal: Codable, Sendable {
    /// 200 when the answer is not what a git server says.
    let status: Int
    /// Where a redirect leads, without anything secret.
    let location: String?
    /// What the server says to people.
    let words: [String]
}
