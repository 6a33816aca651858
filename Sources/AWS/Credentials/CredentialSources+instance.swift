import HTTP
import Model

extension CredentialSources {
    /// The role of an EC2 instance, from its metadata service, version 2.
    /// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-security-credentials.html
    var instanceLink: CredentialLink {
        CredentialLink("instance") { () async throws(StrataError) in
            guard environment["AWS_EC2_METADATA_DISABLED"]?.lowercased() != "true" else { return nil }
            let service = environment["AWS_EC2_METADATA_SERVICE_ENDPOINT"] ?? "http://169.254.169.254"
            let base = (service.hasSuffix("/") ? String(service.dropLast()) : service) + "/latest"
            let token: HTTPResponse
            do throws(StrataError) {
                token = try await http.send(
                    metadata(.put, "\(base)/api/token", ["X-aws-ec2-metadata-token-ttl-seconds": "21600"]))
            } catch  where error.code != .cancelled {
                // Nobody there: this is no instance.
                return nil
            }
            guard token.isSuccess else { return nil }
            let headers: HTTPHeaders = ["X-aws-ec2-metadata-token": String(decoding: token.body, as: UTF8.self)]
            let list = "\(base)/meta-data/iam/security-credentials/"
            let roles = try await http.send(metadata(.get, list, headers))
            let role = String(decoding: roles.body, as: UTF8.self).split(whereSeparator: \.isNewline).first
            guard roles.isSuccess, let role else { return nil }
            let answer = try await Retrying(RetryPolicy(attempts: 3))({ _ throws(StrataError) in
                try await http.send(metadata(.get, list + PercentEncoding.encode(String(role)), headers))
            })
            guard answer.isSuccess else {
                throw StrataError(.credentials, "the instance's metadata service answered with HTTP \(answer.status)")
            }
            return try MetadataCredentials.read(answer.body, from: "the instance's metadata service")
        }
    }

    private func metadata(_ method: HTTPRequest.Method, _ url: String, _ headers: HTTPHeaders) -> HTTPRequest {
        var request = HTTPRequest(
            method, url, headers: headers, sink: .memory(limit: ByteCount(64 << 10)),
            deadlines: Self.metadataDeadlines, operation: "instance metadata")
        request.proxy = .direct
        return request
    }
}
