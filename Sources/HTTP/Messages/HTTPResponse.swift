import Model

/// The status line and the header of an answer.
public struct HTTPHead: Sendable {
    public var status: Int
    public var headers: HTTPHeaders
    /// Where the answer came from, after redirects. It may hold credentials: print `HTTPRequest.redacted(url)`.
    public var url: String

    public init(status: Int, headers: HTTPHeaders, url: String) {
        self.status = status
        self.headers = headers
        self.url = url
    }

    public var isSuccess: Bool { (200..<300).contains(status) }
}

/// A whole answer. Any status is an answer: what 404 means is for the caller to say.
public struct HTTPResponse: Sendable {
    public var head: HTTPHead
    /// The body, unless a stream took it.
    public var body: [UInt8]
    /// Where a redirect that was not followed leads, as an absolute URL.
    package var redirect: String?

    public init(head: HTTPHead, body: [UInt8]) {
        self.head = head
        self.body = body
    }

    public var status: Int { head.status }
    public var headers: HTTPHeaders { head.headers }
    public var url: String { head.url }
    public var isSuccess: Bool { head.isSuccess }
}

/// Takes a body while it arrives.
///
/// The closures run on the client's own thread, one at a time and in order; while they run, every other transfer of
/// that client waits. What they throw ends the transfer and reaches the caller of `send`.
public struct HTTPStream: Sendable {
    /// More bytes than this are an error.
    public var limit: ByteCount
    /// Called once, before the first byte, also when there is none.
    public var begin: @Sendable (HTTPHead) throws(StrataError) -> Void
    /// Called with each piece. The bytes are gone when it returns.
    public var receive: @Sendable (UnsafeRawBufferPointer) throws(StrataError) -> Void

    public init(
        limit: ByteCount,
        begin: @escaping @Sendable (HTTPHead) throws(StrataError) -> Void = { _ throws(StrataError) in },
        receive: @escaping @Sendable (UnsafeRawBufferPointer) throws(StrataError) -> Void
    ) {
        self.limit = limit
        self.begin = begin
        self.receive = receive
    }
}
