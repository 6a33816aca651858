import Model

/// The services that Strata talks to.
public enum Service: String, Sendable, CaseIterable {
    case lambda
    case s3
    case sts
    case account
    case secretsManager = "secretsmanager"
    case parameters = "ssm"
    case notifications = "sns"
    case stacks = "cloudformation"
    case dynamodb
    case cloudfront
    /// IAM Identity Center: what a person who has signed in may use.
    case singleSignOn = "sso"
    /// IAM Identity Center's tokens.
    case singleSignOnTokens = "sso-oidc"
    /// What `aws login` has signed in to.
    case signIn = "signin"

    /// The name in host names, in signatures and before the colon of IAM actions: the same for all that are signed.
    var name: String { rawValue }

    /// The end of `AWS_ENDPOINT_URL_…`.
    var variable: String {
        self == .secretsManager ? "SECRETS_MANAGER" : rawValue.uppercased().replacing("-", with: "_")
    }
}

extension Partition {
    /// What host names end with.
    /// https://docs.aws.amazon.com/general/latest/gr/rande.html
    var dnsSuffix: String {
        switch self {
        case .aws, .government: "amazonaws.com"
        case .china: "amazonaws.com.cn"
        case .europeanSovereign: "amazonaws.eu"
        }
    }

    /// Where services live that have one endpoint for the whole partition, and where STS is asked first.
    public var mainRegion: String {
        switch self {
        case .aws: "us-east-1"
        case .china: "cn-northwest-1"
        case .government: "us-gov-west-1"
        case .europeanSovereign: "eusc-de-east-1"
        }
    }
}
