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
        // S3 names the bucket's region in other answers too.
        if bucketRegion == call.region.code {
            var fault = self
            fault.bucketRegion = nil
            return fault.error(call, retryAfter: retryAfter)
        }
        let kind = kind
        return StrataError(
            kind, words(kind, call), hint: hint(kind, call), place: place,
            cause: HTTPStatusFailure(status: status, code: code.isEmpty ? nil : code, retryAfter: retryAfter))
    }

    private var kind: StrataError.Code {
        switch code {
        case "AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation",
            "PublicPolicyException":
            .accessDenied
        case _ where isAboutTheClock || isAboutExpiry: .credentials
        case "UnrecognizedClientException", "InvalidClientTokenId", "InvalidAccessKeyId", "SignatureDoesNotMatch",
            "InvalidSignatureException", "IncompleteSignature", "MissingAuthenticationToken",
            "MissingAuthenticationTokenException", "AuthFailure", "InvalidToken", "IDPRejectedClaim",
            "InvalidIdentityToken":
            .credentials
        case "CodeStorageExceededException", "LimitExceededException", "ParameterLimitExceeded",
            "TooManyInvalidationsInProgress":
            .quota
        case "RequestEntityTooLargeException", "RequestTooLargeException", "EntityTooLarge": .tooLarge
        case "ResourceConflictException", "ResourceExistsException", "ParameterAlreadyExists", "PreconditionFailed":
            .conflict
        case "ParameterNotFound", "NotFound", "NotFoundException": .notFound
        case "InvalidParameterValueException", "ValidationException": validationKind
        case "SlowDown", "RequestLimitExceeded", "ProvisionedThroughputExceededException", "BandwidthLimitExceeded",
            "TransactionInProgressException", "TransactionConflictException", "ReplicatedWriteConflictException",
            // Two that write one object or one parameter at once: the other is done in a moment.
            "ConditionalRequestConflict", "TooManyUpdates":
            .throttled
        // These come with 400, and may go well a moment later.
        case "RequestTimeout", "RequestTimeoutException", "PriorRequestNotComplete", "IDPCommunicationError",
            "IDPCommunicationErrorException":
            .unavailable
        case "TransactionCanceledException": isConflict ? .throttled : .invalidRequest
        case _ where code.hasPrefix("Throttl") || code.hasPrefix("RequestThrottled"): .throttled
        case _ where code.hasPrefix("ResourceNotFound") || code.hasPrefix("NoSuch"): .notFound
        case _ where isElsewhere: .configuration
        default: statusKind
        }
    }

    /// Whether S3 says that the bucket is in another region.
    private var isElsewhere: Bool {
        [301, 307, 308, 400].contains(status) && bucketRegion?.isEmpty == false
            && [
                "", "PermanentRedirect", "TemporaryRedirect", "AuthorizationHeaderMalformed",
                "IllegalLocationConstraintException",
            ].contains(code)
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
    private func words(_ kind: StrataError.Code, _ call: AWSCall) -> String {
        if kind == .credentials, !isAboutExpiry { return "the credentials were refused (\(code))" }
        if isElsewhere {
            return "\(call.subject ?? "the bucket") is in \(bucketRegion ?? "another region"), not in \(call.region)"
        }
        let shown = message.filter { !$0.isNewline }.prefix(400)
        let name = code.isEmpty ? "HTTP \(status)" : code
        // The answer to a HEAD has no words.
        guard !shown.isEmpty else { return call.subject.map { "\($0): \(name)" } ?? name }
        return "\(shown) (\(name))"
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

    /// What the action is for: what the call says, unless the service says that it is something else's, as the object
    /// that Lambda reads or the original of a copy.
    private func refusedResource(_ call: AWSCall) -> String {
        guard let action = refusedAction, let range = message.firstRange(of: "on resource: ") else {
            return call.resource
        }
        let named = message[range.upperBound...].prefix { !$0.isWhitespace && !"\"'\\,".contains($0) }
        guard named.hasPrefix("arn:") else { return call.resource }
        // One object is as good as another of its bucket.
        if named.contains(":s3:::"), let slash = named.firstIndex(of: "/") {
            return call.resource.hasPrefix(named[...slash]) ? call.resource : "\(named[...slash])*"
        }
        return action.hasPrefix("\(call.service.name):") ? call.resource : String(named)
    }

    private func hint(_ kind: StrataError.Code, _ call: AWSCall) -> String? {
        if let hint = call.hints[kind] { return hint }
        switch kind {
        // No right of the role helps: the account itself forbids it.
        case .accessDenied where code == "PublicPolicyException":
            return "the account's settings in \(call.region) block public access to Lambda: allow it there, or set "
                + "'publish.visibility' to an organization or to accounts"
        case .accessDenied:
            let action = refusedAction ?? call.action ?? "\(call.service.name):\(call.operation)"
            let statements = ([(action, refusedResource(call))] + call.furtherActions).map {
                #"{"Effect":"Allow","Action":"\#($0.0)","Resource":"\#($0.1)"}"#
            }
            return "add to the role's policy: \(statements.joined(separator: ","))"
        case .credentials where isAboutTheClock: return "this machine's clock is wrong: set it by NTP"
        case .credentials where isAboutExpiry: return "renew them; 'strata doctor' shows where they come from"
        case .credentials where ["UnrecognizedClientException", "InvalidClientTokenId"].contains(code):
            return "the key does not exist, or the region \(call.region) is not enabled for the account"
        case .quota where code == "CodeStorageExceededException":
            return "delete old versions ('strata prune') or ask AWS for a higher quota"
        case .quota: return "ask AWS for a higher quota of \(call.service.name)"
        case .configuration where isElsewhere:
            return "name a bucket of \(call.region): Lambda reads from buckets of its own region only"
        case .notFound where code == "NoSuchBucket": return "create the bucket in \(call.region), with versioning"
        default: return nil
        }
    }
}
