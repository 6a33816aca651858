import HTTP
import Model
import Tasks

/// A dead man's switch: it is told that a run began and how it ended, and raises the alarm when it hears nothing.
/// https://healthchecks.io/docs/http_api/
public struct Healthcheck: Sendable {
    public enum Signal: Sendable, Hashable {
        case start, success
        /// And why.
        case failure(String)
    }

    private let url: SecretURL
    private let http: HTTPClient
    private let deadline: Duration

    private let total: Duration

    /// - Parameters:
    ///   - deadline: for one try.
    ///   - total: for all tries of a signal.
    public init(_ url: SecretURL, http: HTTPClient, deadline: Duration, total: Duration) {
        self.url = url
        self.http = http
        self.deadline = deadline
        self.total = total
    }

    /// - Returns: why it was not told.
    public func tell(_ signal: Signal) async -> String? {
        let (ending, body, attempts) =
            switch signal {
            // The run does not wait for it, and the end is what counts.
            case .start: ("/start", "", 1)
            case .success: ("", "", 3)
            case .failure(let reason): ("/fail", reason.printable(2000), 3)
            }
        do {
            try await withDeadline(total, late: StrataError(.timedOut, "it did not answer in time")) {
                try await http.post(
                    Array(body.utf8), type: "text/plain; charset=utf-8",
                    to: Self.adding(ending, to: try await url.url()),
                    Retrying(RetryPolicy(attempts: attempts, base: .seconds(1), cap: .seconds(5))), deadline: deadline)
            }
            return nil
        } catch {
            return "the healthcheck was not told: " + StrataError.wrapping(error, .tool, "it failed").message
        }
    }

    /// The path ends before the query.
    static func adding(_ ending: String, to url: String) -> String {
        let path = url.prefix { $0 != "?" && $0 != "#" }
        var base = String(path)
        while base.hasSuffix("/") { base.removeLast() }
        return (ending.isEmpty ? String(path) : base + ending) + url[path.endIndex...].prefix { $0 != "#" }
    }
}
