import HTTP
import Model

/// The side of Lambda's Runtime API that a runtime calls.
/// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
public struct RuntimeAPI: Sendable {
    /// The largest answer that Lambda takes: 6 MB and what its envelope adds.
    /// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
    public static let responseLimit = ByteCount(6_291_556)

    private let root: String
    private let http: HTTPClient
    private let retrying: Retrying

    /// - Parameter address: host and port, as `AWS_LAMBDA_RUNTIME_API` has them.
    public init(address: String, http: HTTPClient, retrying: Retrying = Retrying(Self.patience)) {
        root = "http://\(address)/2018-06-01/runtime"
        self.http = http
        self.retrying = retrying
    }

    /// A connection that breaks is made again for some ten seconds; then nobody is there, and the process is of no use.
    public static let patience = RetryPolicy(attempts: 20, base: .milliseconds(50), cap: .seconds(1))

    /// Waits for the next call: for as long as it takes, since the process is frozen meanwhile.
    ///
    /// - Throws: `cancelled`, `connection` once nobody is there any more, `unavailable` for an answer that makes no
    ///   sense.
    public func next() async throws(StrataError) -> Invocation {
        var request = HTTPRequest(.get, "\(root)/invocation/next", sink: .memory(limit: .mebibytes(16)))
        request.deadlines = Deadlines(connect: .seconds(10), stall: .seconds(1_000_000), total: nil)
        request.proxy = .direct
        request.operation = "runtime:next"
        let waiting = request
        let answer = try await retrying(advice: Self.advice) { _ throws(StrataError) in
            try await http.send(waiting)
        }
        guard answer.status == 200, let id = answer.headers["Lambda-Runtime-Aws-Request-Id"], Self.isID(id),
            let deadline = answer.headers["Lambda-Runtime-Deadline-Ms"].flatMap({ Int($0) })
        else {
            throw StrataError(
                .unavailable, "the answer (\(answer.status)) is not an invocation",
                place: .init(operation: "runtime:next"))
        }
        return Invocation(
            requestID: id, deadline: .init(millisecondsSince1970: deadline),
            trace: answer.headers["Lambda-Runtime-Trace-Id"],
            function: answer.headers["Lambda-Runtime-Invoked-Function-Arn"], payload: answer.body)
    }

    /// Answers a call.
    public func respond(_ body: [UInt8], to id: String) async throws(StrataError) {
        try await post("invocation/\(id)/response", body, [:])
    }

    /// Says that a call failed.
    public func report(_ failure: RuntimeFailure, of id: String) async throws(StrataError) {
        try await post(
            "invocation/\(id)/error", failure.json, ["Lambda-Runtime-Function-Error-Type": failure.errorType])
    }

    /// Says that the function cannot even begin.
    public func report(initialisation failure: RuntimeFailure) async throws(StrataError) {
        try await post("init/error", failure.json, ["Lambda-Runtime-Function-Error-Type": failure.errorType])
    }

    /// - Throws: `connection`, or `unavailable` for 5xx, after which a runtime has to end.
    private func post(_ path: String, _ body: [UInt8], _ headers: HTTPHeaders) async throws(StrataError) {
        var request = HTTPRequest(.post, "\(root)/\(path)", headers: headers, body: .bytes(body))
        request.headers["Content-Type"] = "application/json"
        request.deadlines = Deadlines(connect: .seconds(10), stall: .seconds(30), total: .seconds(60))
        request.proxy = .direct
        request.operation = "runtime:\(path.split(separator: "/").last ?? "")"
        // Lambda knows the call by its id: a second answer to it is refused and changes nothing.
        request.isRepeatable = true
        let posted = request
        let place = StrataError.Place(operation: request.operation)
        try await retrying(advice: Self.advice) { attempt throws(StrataError) in
            let answer = try await http.send(posted)
            if answer.isSuccess { return }
            // The first attempt was heard, and its answer was lost.
            if attempt > 1, answer.status == 400 || answer.status == 403 { return }
            throw StrataError(
                answer.status >= 500 ? .unavailable : .invalidRequest,
                "the runtime's host refused it (\(answer.status)): \(String(decoding: answer.body.prefix(300), as: UTF8.self))",
                place: place)
        }
    }

    /// Only a connection is tried again: after an answer of 5xx a runtime has to end.
    private static let advice: @Sendable (StrataError) -> RetryAdvice = { error in
        error.code == .connection || error.code == .timedOut ? .again() : .giveUp
    }

    /// It becomes a part of a path.
    private static func isID(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 128
            && text.utf8.allSatisfy { $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "-") }
    }
}
