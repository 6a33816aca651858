import Model

/// Where the services are reached.
public struct Endpoints: Sendable {
    private let overrides: [Service: String]
    private let override: String?
    private let kind: Kind

    /// Which of AWS's own host names are meant.
    struct Kind: Hashable {
        var isFIPS = false
        var isDualStack = false
    }

    /// Endpoints as `AWS_ENDPOINT_URL_LAMBDA` and the like, `AWS_ENDPOINT_URL`, the profile's `services` and its
    /// `endpoint_url`, in that order, say; AWS's own otherwise, with FIPS or both kinds of addresses where
    /// `AWS_USE_FIPS_ENDPOINT` and `AWS_USE_DUALSTACK_ENDPOINT`, or the profile, say so.
    /// https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
    ///
    /// - Parameters:
    ///   - profile: the settings of the profile.
    ///   - services: the section that its `services` names, by `lambda.endpoint_url`.
    public init(
        environment: [String: String], profile: [String: String] = [:], services: [String: String] = [:]
    ) {
        let environment = environment.filter { !$0.value.isEmpty }
        func says(_ variable: String, _ setting: String) -> Bool {
            ["true", "1"].contains((environment[variable] ?? profile[setting])?.lowercased() ?? "")
        }
        let isIgnored = says("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls")
        let variables = isIgnored ? [:] : environment
        let all = variables["AWS_ENDPOINT_URL"]
        overrides = Dictionary(
            uniqueKeysWithValues: Service.allCases.compactMap { service in
                let named = isIgnored ? nil : services["\(service.variable.lowercased()).endpoint_url"]
                return (variables["AWS_ENDPOINT_URL_\(service.variable)"] ?? (all == nil ? named : nil)).map {
                    (service, Self.withoutSlash($0))
                }
            })
        override = (all ?? (isIgnored ? nil : profile["endpoint_url"])).map(Self.withoutSlash)
        kind = Kind(
            isFIPS: says("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint"),
            isDualStack: says("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint"))
    }

    /// Refuses what AWS does not offer.
    ///
    /// - Throws: `configuration` for FIPS in a partition whose S3 has no such endpoints.
    public func check(_ partition: Partition) throws(StrataError) {
        guard kind.isFIPS, partition == .china, overrides[.s3] == nil, override == nil else { return }
        throw StrataError(
            .configuration, "AWS_USE_FIPS_ENDPOINT is set, and \(partition.rawValue) has no FIPS endpoints for S3",
            hint: "unset it for this partition")
    }

    /// The scheme and authority of a service in a region, without a slash at the end.
    package func url(_ service: Service, in region: Region) -> String {
        overrides[service] ?? override ?? "https://\(service.host(in: region, kind))"
    }

    /// Whether a service is reached by AWS's own names.
    func isOwn(_ service: Service) -> Bool { overrides[service] == nil && override == nil }

    /// Where a bucket is, and what comes before the key in the path.
    ///
    /// A bucket's name becomes part of the host where the certificate allows it: AWS's own hosts, and a name without
    /// dots.
    ///
    /// - Parameter plainly: by the ordinary host name, whichever kind is used otherwise.
    package func bucket(_ name: String, in region: Region, plainly: Bool = false) -> (url: String, path: String) {
        if overrides[.s3] != nil || override != nil || name.contains(".") {
            return (url(.s3, in: region), "/" + PercentEncoding.encode(name))
        }
        return ("https://\(name).\(Service.s3.host(in: region, plainly ? Kind() : kind))", "")
    }

    private static func withoutSlash(_ url: String) -> String { url.hasSuffix("/") ? String(url.dropLast()) : url }
}
