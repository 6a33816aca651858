import AWS
import Model
import Testing

@Suite("Endpoints")
struct EndpointTests {
    private func url(_ service: Service, _ region: String, _ variables: [String: String] = [:]) throws -> String {
        Endpoints(environment: variables).url(service, in: try #require(Region(region)))
    }

    private static let fips = ["AWS_USE_FIPS_ENDPOINT": "true"]
    private static let dual = ["AWS_USE_DUALSTACK_ENDPOINT": "true"]
    private static let both = fips.merging(dual) { $1 }

    @Test(
        "are those that AWS's own rules give",
        arguments: [
            (Service.lambda, "us-east-1", [:], "lambda.us-east-1.amazonaws.com"),
            (.sts, "eusc-de-east-1", [:], "sts.eusc-de-east-1.amazonaws.eu"),
            (.s3, "cn-north-1", [:], "s3.cn-north-1.amazonaws.com.cn"),
            (.lambda, "eu-west-1", fips, "lambda-fips.eu-west-1.amazonaws.com"),
            (.lambda, "us-gov-west-1", fips, "lambda-fips.us-gov-west-1.amazonaws.com"),
            (.sts, "us-gov-west-1", fips, "sts.us-gov-west-1.amazonaws.com"),
            (.parameters, "us-gov-east-1", fips, "ssm.us-gov-east-1.amazonaws.com"),
            (.stacks, "us-gov-east-1", fips, "cloudformation.us-gov-east-1.amazonaws.com"),
            (.dynamodb, "us-gov-east-1", fips, "dynamodb.us-gov-east-1.amazonaws.com"),
            (.dynamodb, "us-gov-east-1", both, "dynamodb-fips.us-gov-east-1.api.aws"),
            (.s3, "us-east-1", fips, "s3-fips.us-east-1.amazonaws.com"),
            (.s3, "us-east-1", dual, "s3.dualstack.us-east-1.amazonaws.com"),
            (.s3, "us-east-1", both, "s3-fips.dualstack.us-east-1.amazonaws.com"),
            (.s3, "cn-north-1", dual, "s3.dualstack.cn-north-1.amazonaws.com.cn"),
            (.lambda, "eu-west-1", dual, "lambda.eu-west-1.api.aws"),
            (.notifications, "cn-north-1", dual, "sns.cn-north-1.api.amazonwebservices.com.cn"),
            (.account, "eusc-de-east-1", both, "account-fips.eusc-de-east-1.api.amazonwebservices.eu"),
            (.singleSignOn, "eu-west-1", [:], "portal.sso.eu-west-1.amazonaws.com"),
            (.singleSignOn, "us-gov-west-1", fips, "portal.sso.us-gov-west-1.amazonaws.com"),
            (.singleSignOn, "cn-north-1", dual, "portal.sso.cn-north-1.api.amazonwebservices.com.cn"),
            (.singleSignOnTokens, "eu-west-1", fips, "oidc-fips.eu-west-1.amazonaws.com"),
            (.singleSignOnTokens, "eusc-de-east-1", [:], "oidc.eusc-de-east-1.amazonaws.eu"),
            (.signIn, "eu-west-1", [:], "eu-west-1.signin.aws.amazon.com"),
            (.signIn, "cn-north-1", [:], "cn-north-1.signin.amazonaws.cn"),
            (.signIn, "us-gov-west-1", [:], "us-gov-west-1.signin.amazonaws-us-gov.com"),
            (.signIn, "eusc-de-east-1", [:], "eusc-de-east-1.signin.amazonaws-eusc.eu"),
            (.signIn, "eu-west-1", fips, "signin-fips.eu-west-1.amazonaws.com"),
            (.signIn, "us-gov-west-1", fips, "signin-fips.amazonaws-us-gov.com"),
            (.signIn, "eu-west-1", dual, "signin.eu-west-1.api.aws"),
            (.signIn, "eusc-de-east-1", both, "signin-fips.eusc-de-east-1.api.amazonwebservices.eu"),
            (.secretsManager, "eu-west-1", dual, "secretsmanager.eu-west-1.amazonaws.com"),
            (.secretsManager, "eu-west-1", both, "secretsmanager-fips.eu-west-1.amazonaws.com"),
            (.secretsManager, "eusc-de-east-1", both, "secretsmanager-fips.eusc-de-east-1.api.amazonwebservices.eu"),
        ] as [(Service, String, [String: String], String)])
    func rules(service: Service, region: String, variables: [String: String], host: String) throws {
        #expect(try url(service, region, variables) == "https://\(host)")
    }

    @Test("of a bucket hold its name where the certificate allows it")
    func buckets() throws {
        let region = try #require(Region("us-east-1"))
        let endpoints = Endpoints(environment: Self.both)
        #expect(endpoints.bucket("b", in: region).url == "https://b.s3-fips.dualstack.us-east-1.amazonaws.com")
        #expect(endpoints.bucket("a.b", in: region).path == "/a.b")
    }

    @Test("of FIPS are refused where S3 has none")
    func refused() {
        #expect(throws: StrataError.self) { try Endpoints(environment: Self.fips).check(.china) }
        #expect(throws: Never.self) { try Endpoints(environment: Self.fips).check(.government) }
        #expect(throws: Never.self) { try Endpoints(environment: Self.dual).check(.china) }
    }

    @Test("are named by variables before the profile, and for one service before all")
    func order() throws {
        let region = try #require(Region("us-east-1"))
        let profile = ["endpoint_url": "http://profile/", "use_fips_endpoint": "true"]
        let services = ["lambda.endpoint_url": "http://service", "secrets_manager.endpoint_url": "http://secrets"]
        func urls(_ variables: [String: String], _ profile: [String: String]) -> [String] {
            let endpoints = Endpoints(environment: variables, profile: profile, services: services)
            return [Service.lambda, .s3, .secretsManager].map { endpoints.url($0, in: region) }
        }
        #expect(urls([:], profile) == ["http://service", "http://profile", "http://secrets"])
        #expect(urls(["AWS_ENDPOINT_URL": "http://all"], profile) == ["http://all", "http://all", "http://all"])
        #expect(
            urls(["AWS_ENDPOINT_URL_S3": "http://s3"], profile) == ["http://service", "http://s3", "http://secrets"])
        let ignoring = profile.merging(["ignore_configured_endpoint_urls": "true"]) { $1 }
        let own = ["lambda-fips", "s3-fips", "secretsmanager-fips"].map { "https://\($0).us-east-1.amazonaws.com" }
        #expect(urls([:], ignoring) == own)
        #expect(urls(["AWS_ENDPOINT_URL": "http://all"], ignoring) == own)
    }
}

@Suite("A container's endpoint")
struct ContainerEndpointTests {
    @Test(
        "may be any over https, and this machine's or ECS's over http",
        arguments: [
            "https://example.com/x", "http://localhost:80/", "http://127.0.0.1/", "http://127.255.3.4:8080/x",
            "http://[::1]:80/x", "http://169.254.170.2/v2", "http://169.254.170.23/v1", "http://[fd00:ec2::23]/v1",
        ])
    func allowed(url: String) { #expect(ContainerEndpoint.mayBeAsked(url)) }

    @Test(
        "is no other, however its address is written",
        arguments: [
            "http://example.com/", "http://127.0.0.1:80@example.com/", "http://127.0.0.1@example.com/",
            "https://127.0.0.1@example.com/", "http://127.0.0.1\\@example.com/", "http://127.0.0.1.example.com/",
            "http://localhost.example.com/", "http://[::1].example.com/", "http://[::1]@example.com/",
            "http://127.0.0.256/", "http://127.1/", "http://0177.0.0.1/", "http://2130706433/", "http://127.0.0.01/",
            "http://128.0.0.1/", "http:///x", "ftp://127.0.0.1/", "127.0.0.1", "", "http://127.0.0.1 /",
        ])
    func refused(url: String) { #expect(!ContainerEndpoint.mayBeAsked(url)) }
}

@Suite("The region that large layers are uploaded to")
struct StagingRegionTests {
    private let regions = ["af-south-1", "eu-central-1", "eu-west-1", "us-east-1", "ap-south-1"].compactMap(Region.init)

    @Test(
        "is the nearest, then its neighbours, then the partition's main one",
        arguments: [
            (nil, ["us-east-1", "af-south-1", "ap-south-1", "eu-central-1", "eu-west-1"]),
            ("eu-west-1", ["eu-west-1", "eu-central-1", "us-east-1", "af-south-1", "ap-south-1"]),
            ("sa-east-1", ["us-east-1", "af-south-1", "ap-south-1", "eu-central-1", "eu-west-1"]),
        ] as [(String?, [String])])
    func order(nearest: String?, expected: [String]) {
        let staging = LambdaLayerProvider.Staging(above: ByteCount(0), nearest: nearest.flatMap { Region($0) }) {
            "\($0)-\($1)"
        }
        #expect(staging.order(regions).map(\.code) == expected)
    }
}
