import Model
import Synchronization

/// Sends requests through one libcurl multi handle on a thread of its own, and keeps its connections between them.
///
/// Any number of tasks may send at once. No more than `Limits` allow are on the wire; the others wait their turn in
/// the order they came. A client that is let go closes its connections and ends its thread.
///
///     let client = try HTTPClient()
///     let answer = try await client.send(HTTPRequest(.get, "https://pypi.org/simple/requests/"))
public final class HTTPClient: Sendable {
    /// What every request of a client has in common.
    public struct Options: Sendable {
        /// Sent as `User-Agent`.
        public var userAgent = "strata"
        /// A file of certificate authorities in PEM; nil for the system's.
        public var authorities: String?
        public var limits = Limits()

        public init() {}

        /// Options with the authorities that `CURL_CA_BUNDLE` or `SSL_CERT_FILE` name, in that order.
        public init(environment: [String: String]) {
            authorities = ["CURL_CA_BUNDLE", "SSL_CERT_FILE"].lazy
                .compactMap { environment[$0] }
                .first { !$0.isEmpty }
        }
    }

    /// How many requests are on the wire at once.
    public struct Limits: Sendable, Hashable {
        public var inFlight: Int
        public var inFlightPerHost: Int

        public init(inFlight: Int = 128, inFlightPerHost: Int = 16) {
            self.inFlight = max(1, inFlight)
            self.inFlightPerHost = max(1, inFlightPerHost)
        }
    }

    private let inbox: Inbox

    /// Starts the client's thread.
    ///
    /// - Throws: `.tool` if the system refuses a thread or a descriptor.
    public init(_ options: Options = Options()) throws(StrataError) {
        inbox = try Inbox()
        try CurlThread.start(inbox: inbox, options: options)
    }

    deinit { inbox.close() }

    /// Ends the thread. Requests that are under way or waiting, and all later ones, fail as cancelled.
    public func close() { inbox.close() }

    /// Sends a request and waits for the whole answer, whatever its status.
    ///
    /// Cancelling the task ends the transfer at once; the request may have taken effect all the same.
    ///
    /// - Throws: `.timedOut` or `.connection` with a `TransportFailure` as the cause, `.unavailable` for an answer
    ///   that makes no sense or exceeds its limit, `.configuration` for a request that cannot be sent, `.cancelled`,
    ///   and what a stream throws.
    public func send(_ request: HTTPRequest) async throws(StrataError) -> HTTPResponse {
        guard request.netrc != nil, case .followed(let limit) = request.redirects else {
            return try await once(request)
        }
        return try await follow(request, limit: limit)
    }

    /// Sends a request as it is.
    func once(_ request: HTTPRequest) async throws(StrataError) -> HTTPResponse {
        let place = StrataError.Place(operation: request.operation)
        do throws(StrataError) {
            try request.check()
            let ticket = Ticket(request)
            return try await withTaskCancellationHandler {
                await withCheckedContinuation { waiter in
                    if !inbox.post(.start(ticket, waiter)) { waiter.resume(returning: .failure(.clientClosed)) }
                }
            } onCancel: {
                ticket.isCancelled.store(true, ordering: .releasing)
                _ = inbox.post(.cancel(ticket))
            }.get()
        } catch {
            throw error.at(place)
        }
    }
}

/// A request on its way, known by identity.
final class Ticket: Sendable {
    let request: HTTPRequest
    let host: String
    /// Set before the loop is told, so that a cancellation is seen even if it comes before the start.
    let isCancelled = Atomic(false)

    init(_ request: HTTPRequest) {
        self.request = request
        host = HTTPRequest.host(of: request.url)
    }
}

extension StrataError {
    static let clientClosed = StrataError(.cancelled, "the HTTP client was closed")
}
