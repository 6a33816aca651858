import AWS
import FoundationEssentials
import Glibc
import HTTP
import Model

/// Publishes a file to Lambda in many regions at once and makes it public, as a run does.
struct FanOut {
    let provider: LambdaLayerProvider
    let package: LayerPackage
    let regions: [Region]

    /// - Parameters:
    ///   - url: where all services of all regions are.
    ///   - authorities: a file of certificate authorities.
    ///   - sha256: the zip's digest, which a run knows from building.
    init(url: String, authorities: String, zip: String, sha256: ContentDigest, regions: [Region]) throws {
        var options = HTTPClient.Options()
        // Every region is a host of its own in the world; here they share one, whose limit must not count.
        options.limits.inFlightPerHost = options.limits.inFlight
        let http = try HTTPClient(options)
        let environment = [
            "AWS_ENDPOINT_URL": url, "AWS_CA_BUNDLE": authorities, "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "secret",
        ]
        let now = { @Sendable in Timestamp(seconds: Int(Date().timeIntervalSince1970)) }
        let sources = try CredentialSources(
            environment: environment, region: try required(Region(Partition.aws.mainRegion), "region"), http: http,
            now: now)
        var callOptions = AWSClient.Options(environment: environment)
        callOptions.lambdaRate = CallRate(perSecond: 5)
        let client = AWSClient(
            http: http, endpoints: Endpoints(environment: environment), credentials: sources.chain,
            clock: ClockCorrection(now: now), options: callOptions)
        provider = LambdaLayerProvider(homes: [.init(partition: .aws, client: client)])
        var status = stat()
        guard stat(zip, &status) == 0 else { throw StrataError(.file, "cannot read \(zip)") }
        let size = ByteCount(Int(status.st_size))
        package = LayerPackage(
            path: zip, sha256: sha256, size: size, unzipped: size, description: "bench==1.0", license: nil,
            target: try required(Target("python3.12"), "target"))
        self.regions = regions
    }

    /// - Returns: the seconds that it took, beginning with the file on disk.
    func run() async throws -> Double {
        let begin = ContinuousClock.now
        let layer = try await provider.prepare(package, for: regions)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for region in regions {
                group.addTask {
                    let version = try await provider.publish(layer, as: "bench", in: region)
                    for grant in Visibility.public.grants { try await provider.grant(grant, on: version.id) }
                }
            }
            try await group.waitForAll()
        }
        return (ContinuousClock.now - begin) / .seconds(1)
    }
}

func required<Value>(_ value: Value?, _ what: String) throws(StrataError) -> Value {
    guard let value else { throw StrataError(.configuration, "bad argument: \(what)") }
    return value
}
