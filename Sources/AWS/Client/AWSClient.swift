import FoundationEssentials
import HTTP
import Model

/// Signs and sends calls with the credentials of one account.
public struct AWSClient: Sendable {
    let http: HTTPClient
    let endpoints: Endpoints
    let credentials: CredentialChain
    let clock: ClockCorrection
    let options: Options

    public struct Options: Sendable {
        public var retrying = Retrying(RetryPolicy())
        /// The total is for a call with a small body; a larger one gets a second more for each 100 KB.
        public var deadlines = Deadlines(connect: .seconds(5), stall: .seconds(60), total: .seconds(60))
        /// Calls to Lambda for each region; nil for no limit.
        public var lambdaRate: CallRate?
        /// A file of certificate authorities, as `AWS_CA_BUNDLE` names it.
        public var authorities: String?

        public init() {}

        /// - Parameter profile: the settings of the profile; what the environment says goes before.
        public init(environment: [String: String], profile: [String: String] = [:]) {
            authorities = environment["AWS_CA_BUNDLE"].flatMap { $0.isEmpty ? nil : $0 } ?? profile["ca_bundle"]
        }
    }

    public init(
        http: HTTPClient, endpoints: Endpoints, credentials: CredentialChain, clock: ClockCorrection,
        options: Options = Options()
    ) {
        self.http = http
        self.endpoints = endpoints
        self.credentials = credentials
        self.clock = clock
        self.options = options
    }

    /// Sends a call until it succeeds or will not.
    ///
    /// - Returns: an answer with a status of 2xx and no fault in it, or with a fault that the call wants to see.
    /// - Throws: the service's fault as an error with its place, or the transport's failure.
    func send(_ call: AWSCall) async throws(StrataError) -> HTTPResponse {
        do throws(StrataError) {
            return try await options.retrying(advice: { advice(call, $0) }) { _ throws(StrataError) in
                try await attempt(call, mayLearn: true)
            }
        } catch {
            throw error.at(call.place)
        }
    }

    /// One attempt, and a second one at once if the first has taught us the time or that our credentials are over.
    private func attempt(_ call: AWSCall, mayLearn: Bool) async throws(StrataError) -> HTTPResponse {
        if call.service == .lambda { try await options.lambdaRate?.wait(call.region) }
        let used = call.isSigned ? try await credentials.credentials() : nil
        let now = clock.corrected
        let response = try await http.send(request(call, used, at: now))
        if response.isSuccess, !call.mayFailLate || !AWSFault.isFault(response) { return response }
        let fault = AWSFault(response)
        let isRefusal = (400..<500).contains(fault.status) && ![408, 429].contains(fault.status)
        if call.faultsToReturn.contains(fault.code) || call.returnsRefusals && isRefusal { return response }
        if mayLearn, fault.isAboutTheClock, clock.learn(from: response.head, signedAt: now) {
            return try await attempt(call, mayLearn: false)
        }
        if mayLearn, fault.isAboutExpiry, let used {
            await credentials.discard(used)
            return try await attempt(call, mayLearn: false)
        }
        throw fault.error(call, retryAfter: response.head.retryAfter(now: clock.corrected))
    }

    private func request(_ call: AWSCall, _ credentials: Credentials?, at now: Timestamp) -> HTTPRequest {
        let endpoint = call.endpoint ?? endpoints.url(call.service, in: call.region)
        let query = CanonicalRequest.encode(call.query)
        var headers = [(name: "Host", value: Self.hostHeader(endpoint))] + call.headers
        if let credentials {
            let signer = SignatureV4(service: call.service.name, region: call.signingRegion ?? call.region.code)
            let canonical = CanonicalRequest(
                method: call.method.rawValue, path: call.path, query: call.query, headers: headers,
                payload: call.payload.sha256.hex)
            headers = signer.sign(canonical, with: credentials, at: now)
        }
        var request = HTTPRequest(
            call.method, endpoint + call.path + (query.isEmpty ? "" : "?\(query)"),
            headers: HTTPHeaders(headers.map { ($0.name, $0.value) }), body: call.payload.body,
            sink: call.receiver.map { .stream($0) } ?? .memory(limit: call.answerLimit), deadlines: deadlines(call),
            operation: "\(call.service.name):\(call.operation)")
        // Not signed: what lies between may change it.
        if let trace = TraceHeader.current { request.headers[TraceHeader.name] = trace }
        request.isRepeatable = call.isRepeatable
        request.authorities = options.authorities
        return request
    }

    private func deadlines(_ call: AWSCall) -> Deadlines {
        var deadlines = options.deadlines
        deadlines.total = deadlines.total.map { $0 + .seconds(call.payload.body.length / 100_000) }
        if call.receiver != nil { deadlines.total = nil }
        if let patience = call.patience { (deadlines.stall, deadlines.total) = (patience, patience) }
        return deadlines
    }

    private func advice(_ call: AWSCall, _ error: StrataError) -> RetryAdvice {
        if call.isRepeatable || error.code == .throttled { return RetryAdvice(error) }
        guard let failure = error.cause as? TransportFailure, !failure.mayHaveTakenEffect else { return .giveUp }
        return RetryAdvice(error)
    }

    /// The Host header that goes with a URL: the port only if it is not the scheme's own.
    static func hostHeader(_ url: String) -> String {
        let host = HTTPRequest.host(of: url)
        let usual = url.hasPrefix("https:") ? ":443" : ":80"
        return host.hasSuffix(usual) ? String(host.dropLast(usual.count)) : host
    }
}

extension AWSClient {
    /// Sends a call whose answer is JSON.
    ///
    /// - Throws: `.unavailable` for an answer that is not what the service promises.
    func send<Answer: Decodable>(_ call: AWSCall, _: Answer.Type) async throws(StrataError) -> Answer {
        let response = try await send(call)
        do {
            return try JSONDecoder().decode(Answer.self, from: Data(response.body))
        } catch {
            throw malformed(response, call, "not JSON of the expected form")
        }
    }

    /// Sends a call whose answer is XML.
    func sendForXML(_ call: AWSCall) async throws(StrataError) -> XMLElement {
        let response = try await send(call)
        do throws(XMLElement.Malformed) {
            return try XMLElement(response.body)
        } catch {
            throw malformed(response, call, "no XML: \(error.reason)")
        }
    }

    func malformed(_ response: HTTPResponse, _ call: AWSCall, _ what: String) -> StrataError {
        var place = call.place
        place.requestID = AWSFault.requestID(response.head)
        return StrataError(.unavailable, "the answer is invalid: \(what)", place: place)
    }
}
