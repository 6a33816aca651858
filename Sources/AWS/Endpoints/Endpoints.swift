import Model

/// Where the services are reached.
public struct Endpoints: Sendable {
    private let overrides: [Service: String]
    private let override: String?

    /// Endpoints as `AWS_ENDPOINT_URL_LAMBDA` and the like, `AWS_ENDPOINT_URL`, and the profile's `endpoint_url`, in
    /// that order, say; AWS's own otherwise.
    /// https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
    public init(environment: [String: String], profile: [String: String] = [:]) {
        let isIgnored = ["true", "1"].contains(environment["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"]?.lowercased() ?? "")
        let variables = isIgnored ? [:] : environment.filter { !$0.value.isEmpty }
        overrides = Dictionary(
            uniqueKeysWithValues: Service.allCases.compactMap { service in
                variables["AWS_ENDPOINT_URL_\(service.variable)"].map { (service, Self.withoutSlash($0)) }
            })
        override = (variables["AWS_ENDPOINT_URL"] ?? (isIgnored ? nil : profile["endpoint_url"])).map(Self.withoutSlash)
    }

    /// The scheme and authority of a service in a region, without a slash at the end.
    func url(_ service: Service, in region: Region) -> String {
        overrides[service] ?? override
            ?? "https://\(service.name).\(region.code).\(region.partition.dnsSuffix)"
    }

    /// Where a bucket is, and what comes before the key in the path.
    ///
    /// A bucket's name becomes part of the host where the certificate allows it: AWS's own hosts, and a name without
    /// dots.
    func bucket(_ name: String, in region: Region) -> (url: String, path: String) {
        if overrides[.s3] != nil || override != nil || name.contains(".") {
            return (url(.s3, in: region), "/" + PercentEncoding.encode(name))
        }
        return ("https://\(name).s3.\(region.code).\(region.partition.dnsSuffix)", "")
    }

    private static func withoutSlash(_ url: String) -> String { url.hasSuffix("/") ? String(url.dropLast()) : url }
}
