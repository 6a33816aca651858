import CGit2
import Glibc
import HTTP
import Model
import Synchronization

/// One request of the smart protocol: libgit2 writes what is sent, then reads what is answered.
///
/// The answer passes through a pair of sockets, so that it waits in the kernel and in TLS, not here, until libgit2 has
/// taken what came before.
final class HTTPSExchange {
    /// What is asked for.
    struct Service {
        let name: String
        /// The list of branches, which comes before anything else.
        let isAdvertisement: Bool

        init?(_ service: git_smart_service_t) {
            switch service {
            case GIT_SERVICE_UPLOADPACK_LS: self.init("git-upload-pack", true)
            case GIT_SERVICE_UPLOADPACK: self.init("git-upload-pack", false)
            case GIT_SERVICE_RECEIVEPACK_LS: self.init("git-receive-pack", true)
            case GIT_SERVICE_RECEIVEPACK: self.init("git-receive-pack", false)
            default: return nil
            }
        }

        private init(_ name: String, _ isAdvertisement: Bool) {
            self.name = name
            self.isAdvertisement = isAdvertisement
        }

        var answerType: String { "application/x-\(name)-\(isAdvertisement ? "advertisement" : "result")" }
    }

    private let session: HTTPSSession
    private let service: Service
    private var body: [UInt8] = []
    private var answer: Answer?

    init(_ session: HTTPSSession, _ service: Service) {
        self.session = session
        self.service = service
    }

    deinit { answer?.abandon() }

    private func write(_ bytes: UnsafeRawBufferPointer) { body += bytes }

    /// - Returns: how many bytes there were; 0 at the end.
    private func read(into buffer: UnsafeMutableRawBufferPointer) throws(StrataError) -> Int {
        let answer: Answer
        if let begun = self.answer { answer = begun } else { answer = try send() }
        self.answer = answer
        while true {
            let count = recv(answer.reading, buffer.baseAddress, buffer.count, 0)
            if count < 0, errno == EINTR { continue }
            if count > 0 {
                session.progressed()
                return count
            }
            break
        }
        let response: HTTPResponse
        do throws(StrataError) { response = try answer.outcome.get() } catch {
            session.note(error)
            throw error
        }
        guard response.isSuccess, answer.isOurs else {
            let refusal = HTTPSRefusal(response)
            session.note(refusal)
            throw StrataError(.connection, "the server answered with status \(refusal.status)")
        }
        return 0
    }

    private func send() throws(StrataError) -> Answer {
        let answer = try Answer()
        let wanted = service.answerType
        let sink = HTTPStream(limit: ByteCount(session.limit + 64 << 20)) { head throws(StrataError) in
            answer.begin(isOurs: head.headers["Content-Type"]?.lowercased().hasPrefix(wanted) == true)
        } receive: { piece throws(StrataError) in
            try answer.pass(piece)
        }
        // How long the server may take is the parent's to say.
        let deadlines = Deadlines(connect: .seconds(30), stall: .seconds(86_400), total: nil)
        var request: HTTPRequest
        if service.isAdvertisement {
            request = HTTPRequest(
                .get, "\(session.url)/info/refs?service=\(service.name)", sink: .stream(sink), deadlines: deadlines)
        } else {
            request = HTTPRequest(
                .post, "\(session.url)/\(service.name)",
                headers: ["Content-Type": "application/x-\(service.name)-request"], body: .bytes(body),
                sink: .stream(sink), deadlines: deadlines)
            body = []
        }
        request.headers["Accept"] = wanted
        request.headers["Authorization"] = session.authorization
        request.headers["Cache-Control"] = "no-cache"
        let (client, final) = (session.client, request)
        Task {
            do throws(StrataError) { answer.end(.success(try await client.send(final))) } catch {
                answer.end(.failure(error))
            }
        }
        return answer
    }

    // MARK: libgit2's side

    /// As libgit2 wants it; it is freed by it.
    func stream() -> UnsafeMutablePointer<git_smart_subtransport_stream> {
        let stream = UnsafeMutablePointer<cgit2_stream>.allocate(capacity: 1)
        stream.initialize(to: cgit2_stream())
        stream.pointee.owner = Unmanaged.passRetained(self).toOpaque()
        stream.pointee.base.read = { stream, buffer, size, count in
            guard let exchange = HTTPSExchange.of(stream), let count else { return GIT_ERROR.rawValue }
            do throws(StrataError) {
                count.pointee = try exchange.read(into: UnsafeMutableRawBufferPointer(start: buffer, count: size))
                return 0
            } catch {
                git_error_set_str(Int32(GIT_ERROR_HTTP.rawValue), error.message)
                return GIT_ERROR.rawValue
            }
        }
        stream.pointee.base.write = { stream, bytes, count in
            guard let exchange = HTTPSExchange.of(stream) else { return GIT_ERROR.rawValue }
            exchange.write(UnsafeRawBufferPointer(start: bytes, count: count))
            return 0
        }
        stream.pointee.base.free = { stream in
            guard let stream else { return }
            let ours = UnsafeMutableRawPointer(stream).assumingMemoryBound(to: cgit2_stream.self)
            if let owner = ours.pointee.owner { Unmanaged<HTTPSExchange>.fromOpaque(owner).release() }
            ours.deallocate()
        }
        return UnsafeMutableRawPointer(stream).assumingMemoryBound(to: git_smart_subtransport_stream.self)
    }

    private static func of(_ stream: UnsafeMutablePointer<git_smart_subtransport_stream>?) -> HTTPSExchange? {
        guard let stream else { return nil }
        // It is the first member of ours.
        let ours = UnsafeMutableRawPointer(stream).assumingMemoryBound(to: cgit2_stream.self)
        return ours.pointee.owner.map { Unmanaged<HTTPSExchange>.fromOpaque($0).takeUnretainedValue() }
    }
}

/// An answer on its way from the client's thread to libgit2's.
private final class Answer: Sendable {
    private struct State {
        var writing: Int32
        /// A server of git says so in the header.
        var isOurs = false
        var outcome: Result<HTTPResponse, StrataError>?
    }

    let reading: Int32
    private let state: Mutex<State>

    init() throws(StrataError) {
        var ends: [Int32] = [-1, -1]
        guard makePair(&ends) else {
            throw StrataError(.tool, "cannot make a pair of sockets: \(String(cString: strerror(errno)))")
        }
        reading = ends[0]
        state = Mutex(State(writing: ends[1]))
    }

    deinit {
        close(reading)
        state.withLock { if $0.writing >= 0 { close($0.writing) } }
    }

    var isOurs: Bool { state.withLock(\.isOurs) }
    /// Once the reading end has come to its end.
    var outcome: Result<HTTPResponse, StrataError> {
        state.withLock(\.outcome) ?? .failure(StrataError(.connection, "the answer was given up"))
    }

    func begin(isOurs: Bool) { state.withLock { $0.isOurs = isOurs } }

    /// Waits until there is room. What is not git's is not passed on.
    func pass(_ bytes: UnsafeRawBufferPointer) throws(StrataError) {
        // The end that is written to is closed by the same task that this runs for, afterwards.
        let (writing, isOurs) = state.withLock { ($0.writing, $0.isOurs) }
        var done = isOurs ? 0 : bytes.count
        while done < bytes.count {
            let count = send(writing, bytes.baseAddress?.advanced(by: done), bytes.count - done, Int32(MSG_NOSIGNAL))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw StrataError(.cancelled, "nobody reads the answer any more") }
            done += count
        }
    }

    func end(_ outcome: Result<HTTPResponse, StrataError>) {
        state.withLock { state in
            state.outcome = outcome
            close(state.writing)
            state.writing = -1
        }
    }

    /// Nobody reads any more; who writes is woken.
    func abandon() { shutdown(reading, Int32(SHUT_RDWR)) }
}

extension HTTPSRefusal {
    fileprivate init(_ response: HTTPResponse) {
        // Pages are for browsers; git's servers speak to people in plain text.
        let isPlain = response.headers["Content-Type"]?.lowercased().hasPrefix("text/plain") == true
        self.init(
            status: response.status, location: response.redirect.map(HTTPRequest.redacted),
            words: isPlain ? ServerText.lines(String(decoding: response.body, as: UTF8.self)) : [])
    }
}
