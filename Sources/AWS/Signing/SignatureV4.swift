import Crypto
import Model

/// Signs requests to one service in one region with AWS Signature Version 4. Pure: the date is given.
package struct SignatureV4: Sendable {
    package var service: String
    package var region: String

    package init(service: String, region: String) {
        self.service = service
        self.region = region
    }

    /// S3 has rules of its own: the path is signed as sent, and the body's digest is a header.
    package var pathRule: CanonicalRequest.PathRule { service == "s3" ? .asSent : .encodedAgain }

    /// The request's headers with those that signing adds: the date, the session token, S3's digest of the body, and
    /// Authorization.
    package func sign(
        _ request: CanonicalRequest, with credentials: Credentials, at date: Timestamp
    ) -> [(name: String, value: String)] {
        var request = request
        request.headers.append(("X-Amz-Date", Self.stamp(date)))
        if let token = credentials.sessionToken { request.headers.append(("X-Amz-Security-Token", token)) }
        if service == "s3" { request.headers.append(("X-Amz-Content-Sha256", request.payload)) }
        return request.headers + [("Authorization", authorization(for: request, with: credentials, at: date))]
    }

    /// The value of Authorization for a request that has all its other headers.
    package func authorization(
        for request: CanonicalRequest, with credentials: Credentials, at date: Timestamp
    ) -> String {
        let signature = HMAC<SHA256>.authenticationCode(
            for: Array(stringToSign(request, at: date).utf8), using: key(credentials, at: date))
        return "AWS4-HMAC-SHA256 Credential=\(credentials.accessKeyID)/\(scope(date)), "
            + "SignedHeaders=\(request.signedHeaders), Signature=\(Array(signature).hex)"
    }

    package func stringToSign(_ request: CanonicalRequest, at date: Timestamp) -> String {
        let digest = ContentDigest.of(request.text(pathRule)).hex
        return ["AWS4-HMAC-SHA256", Self.stamp(date), scope(date), digest].joined(separator: "\n")
    }

    private func scope(_ date: Timestamp) -> String {
        "\(Self.stamp(date).prefix(8))/\(region)/\(service)/aws4_request"
    }

    private func key(_ credentials: Credentials, at date: Timestamp) -> SymmetricKey {
        let secret = SymmetricKey(data: Array("AWS4\(credentials.secretAccessKey)".utf8))
        return [String(Self.stamp(date).prefix(8)), region, service, "aws4_request"].reduce(secret) { key, part in
            SymmetricKey(data: HMAC<SHA256>.authenticationCode(for: Array(part.utf8), using: key))
        }
    }

    /// `20150830T123600Z`.
    private static func stamp(_ date: Timestamp) -> String { date.description.filter { $0 != "-" && $0 != ":" } }
}
