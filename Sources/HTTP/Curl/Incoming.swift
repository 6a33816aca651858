import Model

/// The answer while it arrives: its head, then its body, both bounded.
struct Incoming {
    private var head = HTTPHead(status: 0, headers: HTTPHeaders(), url: "")
    private var headBytes = 0
    private var body: [UInt8] = []
    private var received = 0
    private var hasBegun = false
    /// The stream, once the status says that the body is for it.
    private var stream: HTTPStream?
    private var limit: ByteCount
    private let request: HTTPRequest

    /// Only malice makes a head larger than this.
    private static let headLimit = ByteCount(256 << 10)
    /// What is kept of an error's body when a stream was to take the body.
    private static let errorBodyLimit = ByteCount.mebibytes(1)

    init(_ request: HTTPRequest) {
        self.request = request
        switch request.sink {
        case .memory(let limit): self.limit = limit
        case .stream(let stream): limit = stream.limit
        }
    }

    var receivedCount: ByteCount { ByteCount(received) }
    var isRedirect: Bool { (300..<400).contains(head.status) }

    /// Takes one line of a head, with its end. A new status line, after 100 or a redirect, begins a new head.
    mutating func header(_ line: UnsafeRawBufferPointer) throws(StrataError) {
        // Trailers come after the body, and nobody asks for them.
        guard !hasBegun else { return }
        headBytes += line.count
        guard headBytes <= Incoming.headLimit.bytes else { throw tooLarge("header", Incoming.headLimit) }
        let text = String(decoding: line, as: UTF8.self)
        if text.hasPrefix("HTTP/") {
            let words = text.split(whereSeparator: \.isWhitespace)
            head = HTTPHead(status: words.count > 1 ? Int(words[1]) ?? 0 : 0, headers: HTTPHeaders(), url: "")
        } else if let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) {
            head.headers.append(String(text[..<colon]), trimmed(text[text.index(after: colon)...]))
        }
    }

    /// Takes a piece of the body.
    mutating func receive(_ bytes: UnsafeRawBufferPointer, url: @autoclosure () -> String) throws(StrataError) {
        if !hasBegun { try begin(url: url()) }
        received += bytes.count
        guard received <= limit.bytes else { throw tooLarge("body", limit) }
        if let stream { try stream.receive(bytes) } else { body.append(contentsOf: bytes) }
    }

    /// The whole answer.
    mutating func finish(url: String) throws(StrataError) -> HTTPResponse {
        if !hasBegun { try begin(url: url) }
        return HTTPResponse(head: head, body: body)
    }

    private mutating func begin(url: String) throws(StrataError) {
        hasBegun = true
        head.url = url
        if case .stream(let sink) = request.sink {
            if head.isSuccess { stream = sink } else { limit = Incoming.errorBodyLimit }
        }
        let declared = head.headers["Content-Length"].flatMap { Int($0) } ?? 0
        guard declared <= limit.bytes || request.method == .head else { throw tooLarge("body", limit) }
        try stream?.begin(head)
    }

    private func tooLarge(_ part: String, _ limit: ByteCount) -> StrataError {
        StrataError(
            .unavailable,
            "\(HTTPRequest.redacted(request.url)): the answer's \(part) is larger than \(limit.bytes) bytes",
            cause: TransportFailure(mayHaveTakenEffect: true, detail: "answer too large"))
    }

    /// Without the blanks around a field's value (RFC 9110, section 5.5) and the line's end.
    private func trimmed(_ text: Substring) -> String {
        var rest = text.drop(while: \.isWhitespace)
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return String(rest)
    }
}
