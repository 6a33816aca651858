import HTTP
import Model

extension AWSFault {
    /// Whether the request's date was the trouble.
    var isAboutTheClock: Bool {
        ["RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture"].contains(code)
            || ["InvalidSignatureException", "SignatureDoesNotMatch"].contains(code)
                && ["Signature expired", "Signature not yet current"].contains(where: message.hasPrefix)
    }

    /// Whether other credentials of the same source may do.
    var isAboutExpiry: Bool { ["ExpiredToken", "ExpiredTokenException"].contains(code) }

    /// The fault as an error with the place, and with what the reader can do about it.
    func error(_ call: AWSCall, retryAfter: Duration?) -> StrataError {
        var place = call.place
        place.requestID = requestID
        let kind = kind
        return StrataError(
            kind, words(kind), hint: hint(kind, call), place: place,
            cause: HTTPStatusFailure(status: status, code: code.isEmpty ? nil : code, retryAfter: retryAfter))
    }

    private var kind: StrataError.Code {
        switch code {
        case "AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation": .accessDenied
        case _ where isAboutTheClock || isAboutExpiry: .credentials
        case "UnrecognizedClientException", "InvalidClientTokenId", "InvalidAccessKeyId", "SignatureDoesNotMatch",
            "InvalidSignatureException", "IncompleteSignature", "MissingAuthenticationToken",
            "MissingAuthenticationTokenException", "AuthFailure", "InvalidToken", "IDPRejectedClaim",
            "InvalidIdentityToken":
            .credentials
        case "CodeStorageExceededException", "LimitExceededException", "ParameterLimitExceeded": .quota
        case "RequestEntityTooLargeException", "RequestTooLargeException", "EntityTooLarge": .tooLarge
        case "ResourceConflictException", "ResourceExistsException", "ParameterAlreadyExists", "PreconditionFailed":
            .conflict
        case "ParameterNotFound", "NotFound", "NotFoundException": .notFound
        case "InvalidParameterValueException", "ValidationException": validationKind
        case "SlowDown", "RequestLimitExceeded", "ProvisionedThroughputExceededException",
            "TransactionInProgressException", "TransactionConflictException", "ReplicatedWriteConflictException":
            .throttled
        case "TransactionCanceledException": isConflict ? .throttled : .invalidRequest
        case _ where code.hasPrefix("Throttl"): .throttled
        case _ where code.hasPrefix("ResourceNotFound") || code.hasPrefix("NoSuch"): .notFound
        default: statusKind
        }
    }

    /// Whether DynamoDB gave a transaction up because of another, or of its load: a read may simply be tried again.
    private var isConflict: Bool {
        ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"].contains(where: message.contains)
    }

    private var statusKind: StrataError.Code {
        switch status {
        case 401: .credentials
        case 403: .accessDenied
        case 404, 410: .notFound
        case 409, 412: .conflict
        case 413: .tooLarge
        case 429: .throttled
        case 400..<500: .invalidRequest
        default: .unavailable
        }
    }

    /// Lambda says many things with one code; only its words tell them apart.
    private var validationKind: StrataError.Code {
        if message.contains("ompatibleRuntimes") || message.contains("ompatibleArchitectures") { return .unsupported }
        if message.contains("smaller than") || message.contains("too large") { return .tooLarge }
        return .invalidRequest
    }

    /// The service's own words, unless they may hold what was signed.
    private func words(_ kind: StrataError.Code) -> String {
        if kind == .credentials, !isAboutExpiry { return "the credentials were refused (\(code))" }
        let shown = message.filter { !$0.isNewline }.prefix(400)
        let name = code.isEmpty ? "HTTP \(status)" : code
        return shown.isEmpty ? name : "\(shown) (\(name))"
    }

    /// The action that a service says is not allowed: `… is not authorized to perform: dynamodb:PutItem on resource: …`.
    /// A transaction needs several.
    private var refusedAction: String? {
        guard let range = message.firstRange(of: "to perform: ") else { return nil }
        let action = message[range.upperBound...].prefix {
            $0.isASCII && ($0.isLetter || $0.isNumber || ":-".contains($0))
        }
        return action.contains(":") ? String(action) : nil
    }

    private func hint(_ kind: StrataError.Code, _ call: AWSCall) -> String? {
        switch kind {
        case .accessDenied:
            let action = refusedAction ?? call.action ?? "\(call.service.name):\(call.operation)"
            return #"add to the role's policy: {"Effect":"Allow","Action":"\#(action)","Resource":"\#(call.resource)"}"#
        case .credentials where isAboutTheClock: return "this machine's clock is wrong: set it by NTP"
        case .credentials where isAboutExpiry: return "renew them; 'strata doctor' shows where they come from"
        case .credentials where ["UnrecognizedClientException", "InvalidClientTokenId"].contains(code):
            return "the key does not exist, or the region \(call.region) is not enabled for the account"
        case .quota: return "delete old versions ('strata prune') or ask AWS for a higher quota"
        case .notFound where code == "NoSuchBucket": return "create the bucket in \(call.region), with versioning"
        default: return nil
        }
    }
}
