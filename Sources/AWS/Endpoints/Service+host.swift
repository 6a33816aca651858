import Model

extension Service {
    /// The host name by the rules that AWS's own tools carry with them, one set for each service.
    /// https://docs.aws.amazon.com/general/latest/gr/rande.html
    func host(in region: Region, _ kind: Endpoints.Kind) -> String {
        let partition = region.partition
        if self == .signIn, !kind.isDualStack, !kind.isFIPS || partition == .government {
            return kind.isFIPS ? "signin-fips.amazonaws-us-gov.com" : "\(region.code).signin.\(partition.signInSuffix)"
        }
        let prefix = kind.isFIPS && !isFIPSAnyway(in: partition, kind) ? "\(hostName)-fips" : hostName
        if self == .s3 {
            return "\(prefix)\(kind.isDualStack ? ".dualstack" : "").\(region.code).\(partition.dnsSuffix)"
        }
        // One for all regions, but in China, where it has its own.
        if self == .cloudfront {
            return "\(prefix)\(partition == .china ? ".\(partition.mainRegion)" : "").\(partition.dnsSuffix)"
        }
        let suffix = isDualStack(in: partition, kind) ? partition.dualStackSuffix : partition.dnsSuffix
        return "\(prefix).\(region.code).\(suffix)"
    }

    private var hostName: String {
        switch self {
        case .singleSignOn: "portal.sso"
        case .singleSignOnTokens: "oidc"
        default: name
        }
    }

    /// In GovCloud these have no other endpoints.
    private func isFIPSAnyway(in partition: Partition, _ kind: Endpoints.Kind) -> Bool {
        partition == .government && !kind.isDualStack
            && [.sts, .parameters, .stacks, .dynamodb, .singleSignOn, .singleSignOnTokens].contains(self)
    }

    private func isDualStack(in partition: Partition, _ kind: Endpoints.Kind) -> Bool {
        guard self == .secretsManager else { return kind.isDualStack }
        // Its ordinary names have both kinds of addresses.
        return kind.isDualStack && kind.isFIPS && [.china, .europeanSovereign].contains(partition)
    }
}

extension Partition {
    /// What the names of the hosts end with where people sign in.
    fileprivate var signInSuffix: String {
        switch self {
        case .aws: "aws.amazon.com"
        case .china: "amazonaws.cn"
        case .government: "amazonaws-us-gov.com"
        case .europeanSovereign: "amazonaws-eusc.eu"
        }
    }

    /// What the names of hosts with both kinds of addresses end with, but for S3.
    fileprivate var dualStackSuffix: String {
        switch self {
        case .aws, .government: "api.aws"
        case .china: "api.amazonwebservices.com.cn"
        case .europeanSovereign: "api.amazonwebservices.eu"
        }
    }
}
