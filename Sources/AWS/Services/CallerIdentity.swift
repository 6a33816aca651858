import HTTP
import Model

/// A signed call of `sts:GetCallerIdentity` for somebody else to make, who learns from AWS's answer who signed it.
public struct CallerIdentity: Sendable {
    public let url: String
    public let body: [UInt8]
    public let headers: [(name: String, value: String)]
}

extension AWSClient {
    /// Signs the call; nothing is sent. AWS takes it for fifteen minutes.
    ///
    /// - Parameters:
    ///   - region: whose STS is to be asked; nil for the one that is there for all of partition `aws`.
    ///   - headers: signed along, so that the call is good for one purpose only.
    public func callerIdentity(
        in region: Region?, headers: [(name: String, value: String)]
    ) async throws(StrataError) -> CallerIdentity {
        guard let signing = region ?? Region(Partition.aws.mainRegion) else {
            throw StrataError(.inconsistent, "there is no main region")
        }
        let isGlobal = region == nil && endpoints.isOwn(.sts)
        let endpoint = isGlobal ? "https://sts.amazonaws.com" : endpoints.url(.sts, in: signing)
        let body = Array("Action=GetCallerIdentity&Version=2011-06-15".utf8)
        let request = CanonicalRequest(
            method: "POST", path: "/", query: [],
            headers: [
                (name: "Host", value: Self.hostHeader(endpoint)),
                (name: "Content-Type", value: "application/x-www-form-urlencoded; charset=utf-8"),
            ] + headers, payload: Payload(body).sha256.hex)
        let signed = SignatureV4(service: Service.sts.name, region: signing.code).sign(
            request, with: try await credentials.credentials(), at: clock.corrected)
        return CallerIdentity(url: endpoint + "/", body: body, headers: signed)
    }
}
