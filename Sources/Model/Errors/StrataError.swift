/// What went wrong, as data: a code to match, a line to read, where it happened and what caused it.
///
/// `description` is the one line that a person sees: what failed, for which layer, target and region, why, and what
/// to do. `causes` is the tree that `--verbose` prints.
public struct StrataError: Error, Sendable {
    /// The kinds of failure that callers tell apart.
    public enum Code: String, Sendable, Codable, CaseIterable {
        /// The configuration, or the command's arguments, are wrong.
        case configuration
        /// A safety limit refused the plan.
        case refused
        /// Somebody else holds the lease.
        case leaseHeld
        /// A requirement could not be resolved to wheels.
        case resolution
        /// A wheel or a zip is malformed or hostile.
        case badWheel
        /// Bytes are not what their digest promised: damage, or somebody on the way.
        case digestMismatch
        /// The wheels are sound, but the layer cannot be made of them as it is asked for: two disagree about a file, a
        /// module hides the standard library's, code is for another machine.
        case unbuildable
        /// A layer is over one of Lambda's limits.
        case tooLarge
        /// The other side said that the thing does not exist.
        case notFound
        /// The other side already has such a thing (409).
        case conflict
        /// The other side asked for fewer requests (429 and its kin).
        case throttled
        /// The other side failed (5xx), or its answer made no sense.
        case unavailable
        /// No answer within the deadline. Whether the request took effect is unknown.
        case timedOut
        /// The connection failed: name, route, TLS, reset. Whether the request took effect is unknown.
        case connection
        /// Credentials are missing, expired or wrong.
        case credentials
        /// Credentials are good, but do not permit this.
        case accessDenied
        /// A quota of the account is used up.
        case quota
        /// The feature is not offered there (a region without a runtime, an architecture, or not enabled).
        case unsupported
        /// A request that the other side called invalid (400).
        case invalidRequest
        /// The remote repository refused, or moved.
        case git
        /// Reading or writing a file failed.
        case file
        /// A child process or an outside tool failed.
        case tool
        /// The work was cancelled.
        case cancelled
        /// A record contradicts another: a bug, or damage.
        case inconsistent
    }

    /// Where it happened, as far as it is known.
    public struct Place: Sendable, Hashable, Codable {
        public var layer: String?
        public var target: String?
        public var region: String?
        /// A file, with line and column where they are known.
        public var file: String?
        public var line: Int?
        public var column: Int?
        /// An outside service and its operation, as `lambda:PublishLayerVersion`.
        public var operation: String?
        /// The outside service's own id of the request.
        public var requestID: String?

        public init(
            layer: String? = nil, target: String? = nil, region: String? = nil, file: String? = nil, line: Int? = nil,
            column: Int? = nil, operation: String? = nil, requestID: String? = nil
        ) {
            self.layer = layer
            self.target = target
            self.region = region
            self.file = file
            self.line = line
            self.column = column
            self.operation = operation
            self.requestID = requestID
        }
    }

    public var code: Code
    /// What failed and why, without the place.
    public var message: String
    /// What the reader can do about it.
    public var hint: String?
    public var place: Place
    public var cause: (any Error)?

    public init(
        _ code: Code, _ message: String, hint: String? = nil, place: Place = Place(), cause: (any Error)? = nil
    ) {
        self.code = code
        self.message = message
        self.hint = hint
        self.place = place
        self.cause = cause
    }

    /// The same error with what is known of the place filled in where it was empty.
    public func at(_ outer: Place) -> StrataError {
        var copy = self
        copy.place.layer = place.layer ?? outer.layer
        copy.place.target = place.target ?? outer.target
        copy.place.region = place.region ?? outer.region
        copy.place.file = place.file ?? outer.file
        copy.place.line = place.line ?? outer.line
        copy.place.column = place.column ?? outer.column
        copy.place.operation = place.operation ?? outer.operation
        copy.place.requestID = place.requestID ?? outer.requestID
        return copy
    }

    /// The same error for a reader who knows which layer, target and region it is about.
    public var withoutItem: StrataError {
        var copy = self
        (copy.place.layer, copy.place.target, copy.place.region) = (nil, nil, nil)
        return copy
    }

    /// Whether a resolve or a build that failed so would fail again until the maintainer or the index changes something
    /// that it is made of. What is not may pass by itself: a server that is down, a full disk, damaged bytes.
    public var isRefusal: Bool {
        switch code {
        case .resolution, .badWheel, .tooLarge, .unbuildable: true
        default: false
        }
    }

    /// Any error as a `StrataError`; a foreign one becomes the cause.
    public static func wrapping(_ error: any Error, _ code: Code, _ message: String) -> StrataError {
        if let known = error as? StrataError { return known }
        if error is CancellationError { return StrataError(.cancelled, "cancelled") }
        return StrataError(code, message, cause: error)
    }
}

extension StrataError: CustomStringConvertible {
    /// One line: place, what and why, what to do.
    public var description: String {
        var line = [placeText, message].filter { !$0.isEmpty }.joined(separator: ": ")
        if let hint { line += "; \(hint)" }
        return line.map { $0.isNewline ? " " : String($0) }.joined()
    }

    private var placeText: String {
        var parts: [String] = []
        if let file = place.file {
            parts.append(
                [file, place.line.map(String.init), place.column.map(String.init)].compactMap(\.self).joined(
                    separator: ":"))
        }
        let item = [place.layer, place.target, place.region].compactMap(\.self).joined(separator: " ")
        if !item.isEmpty { parts.append(item) }
        if let operation = place.operation {
            parts.append(place.requestID.map { "\(operation) (request \($0))" } ?? operation)
        }
        return parts.joined(separator: ": ")
    }

    /// The tree of causes, outermost first, one line each.
    public var causes: [String] {
        var lines: [String] = []
        var next: (any Error)? = self
        while let error = next {
            lines.append(String(repeating: "  ", count: lines.count) + "\(error)")
            next = (error as? StrataError)?.cause
        }
        return lines
    }
}

/// Exit codes, the same for every command.
public enum ExitStatus: Int32, Sendable {
    case done = 0
    case failed = 1
    /// Usage or configuration.
    case usage = 2
    /// Done in part: some regions are pending.
    case partly = 3
    /// The plan is not empty (`plan --exit-code`).
    case planNotEmpty = 4
    /// Refused by a safety limit.
    case refused = 5
    /// Somebody else holds the lease.
    case leaseHeld = 6

    public init(_ error: any Error) {
        switch (error as? StrataError)?.code {
        case .configuration: self = .usage
        case .refused: self = .refused
        case .leaseHeld: self = .leaseHeld
        default: self = .failed
        }
    }
}
