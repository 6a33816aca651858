import FoundationEssentials

/// One call of the function, as the runtime hands it out.
public struct Invocation: Sendable {
    /// What the answer is posted under, and what log lines carry.
    public let requestID: String
    /// When Lambda ends the process.
    public let deadline: ContinuousClock.Instant
    /// X-Ray's header of this call, if the function is traced.
    public let trace: String?
    /// The function's ARN, with the alias or version that was called.
    public let function: String?
    public let payload: [UInt8]

    public init(
        requestID: String, deadline: ContinuousClock.Instant, trace: String? = nil, function: String? = nil,
        payload: [UInt8]
    ) {
        self.requestID = requestID
        self.deadline = deadline
        self.trace = trace
        self.function = function
        self.payload = payload
    }

    /// How long is left.
    public var remaining: Duration { deadline - .now }

    /// The call whose work the current task does.
    @TaskLocal public static var current: Invocation?
}

extension ContinuousClock.Instant {
    /// The instant of a moment that is told in milliseconds since 1970. The wall clock is read once, so that setting it
    /// later changes nothing.
    init(millisecondsSince1970 moment: Int) {
        let ahead = Double(moment) / 1000 - Date().timeIntervalSince1970
        self = .now + .seconds(ahead)
    }
}
