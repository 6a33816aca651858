import FoundationEssentials
import Model

/// What Lambda is told of an error: a type that the state machine's `Retry` and `Catch` match, and the one line.
public struct RuntimeFailure: Error, Sendable, Hashable, Codable {
    public let errorType: String
    public let errorMessage: String
    public var stackTrace: [String] = []

    public init(_ kind: Kind, _ message: String) {
        errorType = kind.rawValue
        errorMessage = message
    }

    /// The types of errors; the state machine knows no other of ours.
    public enum Kind: String, Sendable, CaseIterable {
        /// Somebody else holds the lease, or this run has lost it.
        case leaseHeld = "LeaseHeld"
        /// A safety limit refused the plan.
        case overLimits = "OverLimits"
        /// The configuration, or the function's own environment, is wrong.
        case configuration = "Configuration"
        /// A service asked for fewer requests for longer than the call could wait.
        case throttled = "Throttled"
        /// It may go well the next time: a connection, a service, a deadline.
        case temporary = "Temporary"
        /// Trying again will not help.
        case failed = "Failed"
        /// The answer is larger than Lambda takes; its own type for that.
        case tooLarge = "Function.ResponseSizeTooLarge"
    }

    /// Any error, as its kind.
    public init(_ error: any Error) {
        if let failure = error as? RuntimeFailure {
            self = failure
        } else if let error = error as? StrataError {
            self.init(Kind(error.code), error.description)
        } else if error is CancellationError {
            self.init(.temporary, "the call was cancelled")
        } else if let error = error as? DecodingError {
            self.init(.failed, "the payload is not what the handler takes: \(error.text)")
        } else {
            self.init(.failed, "\(error)")
        }
    }

    var json: [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(self)).map(Array.init) ?? Array(#"{"errorType":"Failed"}"#.utf8)
    }
}

extension RuntimeFailure.Kind {
    init(_ code: StrataError.Code) {
        switch code {
        case .leaseHeld: self = .leaseHeld
        case .refused: self = .overLimits
        case .configuration: self = .configuration
        case .throttled: self = .throttled
        case .timedOut, .connection, .unavailable, .cancelled: self = .temporary
        case .resolution, .badWheel, .digestMismatch, .unbuildable, .tooLarge, .notFound, .conflict, .credentials,
            .accessDenied, .quota, .unsupported, .invalidRequest, .git, .file, .tool, .inconsistent:
            self = .failed
        }
    }
}

extension DecodingError {
    /// Where and what, in a line.
    fileprivate var text: String {
        let context: Context
        switch self {
        case .keyNotFound(let key, let found):
            return "'\((found.codingPath + [key]).map(\.stringValue).joined(separator: "."))' is missing"
        case .typeMismatch(_, let found), .valueNotFound(_, let found), .dataCorrupted(let found): context = found
        @unknown default: return "\(self)"
        }
        let path = context.codingPath.map(\.stringValue).joined(separator: ".")
        return (path.isEmpty ? "" : "'\(path)': ") + context.debugDescription
    }
}
