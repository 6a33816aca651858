import FoundationEssentials
import HTTP
import Model

extension CredentialSources {
    /// The endpoint that ECS, EKS Pod Identity and CloudShell give to a container.
    /// https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
    var containerLink: CredentialLink {
        CredentialLink("container") { () async throws(StrataError) in
            let relative = environment["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"]
            guard
                let url = relative.map({ "http://169.254.170.2\($0)" })
                    ?? environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"]
            else { return nil }
            guard ContainerEndpoint.mayBeAsked(url) else {
                throw StrataError(
                    .credentials,
                    "AWS_CONTAINER_CREDENTIALS_FULL_URI points to \(HTTPRequest.redacted(url)), "
                        + "which is neither https nor this machine")
            }
            var request = HTTPRequest(
                .get, url, sink: .memory(limit: ByteCount(64 << 10)), deadlines: Self.metadataDeadlines,
                operation: "container credentials")
            request.proxy = .direct
            if let token = try containerToken() { request.headers["Authorization"] = token }
            let response = try await Retrying(RetryPolicy(attempts: 3))({ [request] _ throws(StrataError) in
                try await http.send(request)
            })
            guard response.isSuccess else {
                throw StrataError(.credentials, "the container's endpoint answered with HTTP \(response.status)")
            }
            return try MetadataCredentials.read(response.body, from: "the container's endpoint")
        }
    }

    static var metadataDeadlines: Deadlines {
        Deadlines(connect: .seconds(1), stall: .seconds(5), total: .seconds(10))
    }

    private func containerToken() throws(StrataError) -> String? {
        guard let file = environment["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] else {
            return environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"]
        }
        guard let data = FileManager.default.contents(atPath: file) else {
            throw StrataError(
                .credentials, "the container's token cannot be read", place: StrataError.Place(file: file))
        }
        return String(decoding: data, as: UTF8.self).filter { !$0.isNewline }
    }
}
