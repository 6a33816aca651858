import Model

/// A request as a value. What is not said here is not done: no redirects, no credentials, no compression.
public struct HTTPRequest: Sendable {
    /// An HTTP method, as `GET`.
    public struct Method: RawRepresentable, Hashable, Sendable {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }
        public static let get = Method(rawValue: "GET")
        public static let head = Method(rawValue: "HEAD")
        public static let post = Method(rawValue: "POST")
        public static let put = Method(rawValue: "PUT")
        public static let patch = Method(rawValue: "PATCH")
        public static let delete = Method(rawValue: "DELETE")
    }

    /// What is sent.
    public enum Body: Sendable {
        case empty
        /// An array that any number of requests share without a copy.
        case bytes([UInt8])
        /// `length` bytes of a regular file from `offset`, read as the connection takes them.
        case file(path: String, offset: Int, length: Int)

        /// The number of bytes, which is always known before the first is sent.
        public var length: Int {
            switch self {
            case .empty: 0
            case .bytes(let bytes): bytes.count
            case .file(_, _, let length): length
            }
        }
    }

    /// Where the answer's body goes. Both limits count what remains after decompression.
    public enum Sink: Sendable {
        /// Into the response's `body`; more bytes than the limit are an error.
        case memory(limit: ByteCount)
        /// Into a stream while it arrives, if the status is 2xx. Any other body goes into the response's `body`.
        case stream(HTTPStream)
    }

    /// Whether `Location` is followed.
    public enum Redirects: Sendable {
        case refused
        /// At most `limit` times, never from https to http, and without the caller's credentials on another host.
        case followed(limit: Int)
    }

    /// Which proxy the request goes through.
    public enum Proxy: Sendable {
        /// `https_proxy`, `http_proxy`, `all_proxy` and `no_proxy`, as curl reads them.
        case environment
        /// None, whatever the environment says: for link-local and loopback services.
        case direct
        case url(String)
    }

    public var method: Method
    /// An absolute http or https URL, sent as written: dots are not resolved and nothing is encoded again.
    public var url: String
    public var headers: HTTPHeaders
    public var body: Body
    public var sink: Sink
    public var deadlines: Deadlines
    public var redirects: Redirects = .refused
    public var proxy: Proxy = .environment
    /// Accepts gzip and decompresses it.
    public var acceptsGzip = false
    /// Lets the server choose HTTP/2, which helps when many small requests go to one host.
    public var allowsHTTP2 = false
    /// A netrc file whose entry for the host is used when the URL has no credentials. It is used for this URL's scheme,
    /// host and port only: no redirect takes it elsewhere.
    public var netrc: String?
    /// A file of certificate authorities in PEM, instead of the client's own.
    public var authorities: String?
    /// Whether curl may send the request again by itself when a kept connection turns out to be dead. False for
    /// `POST`, whose effect must not be doubled behind the caller's back.
    public var isRepeatable: Bool
    /// The service and its operation, as `lambda:PublishLayerVersion`; errors say it.
    public var operation: String?

    public init(
        _ method: Method = .get, _ url: String, headers: HTTPHeaders = HTTPHeaders(), body: Body = .empty,
        sink: Sink = .memory(limit: .mebibytes(8)), deadlines: Deadlines = Deadlines(), operation: String? = nil
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.sink = sink
        self.deadlines = deadlines
        self.operation = operation
        self.isRepeatable = method != .post
    }
}

/// How long each part of an exchange may take. The time a request waits for its turn in the client does not count.
public struct Deadlines: Sendable, Hashable {
    /// Name lookup, TCP and TLS together.
    public var connect: Duration
    /// The longest silence, in either direction, once connected.
    public var stall: Duration
    /// Everything together. nil leaves only the other two.
    public var total: Duration?

    public init(connect: Duration = .seconds(10), stall: Duration = .seconds(60), total: Duration? = .seconds(300)) {
        self.connect = connect
        self.stall = stall
        self.total = total
    }
}
