/// A separate set of AWS regions, with accounts of its own.
public enum Partition: String, Sendable, Codable, CaseIterable {
    case aws
    case china = "aws-cn"
    case government = "aws-us-gov"
    case europeanSovereign = "aws-eusc"
}

/// An AWS region by its code: `eu-west-1`.
public struct Region: Sendable, Hashable, Comparable {
    public let code: String

    /// - Returns: nil unless the text has a region's shape; whether such a region exists is asked of `known`.
    public init?(_ description: String) {
        let parts = description.split(separator: "-", omittingEmptySubsequences: false)
        guard description.utf8.count <= 32, parts.count >= 3,
            parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(\.isASCIIAlphanumeric) }),
            Int(parts[parts.count - 1]) != nil
        else { return nil }
        code = description
    }

    init(known code: String) { self.code = code }

    public var partition: Partition {
        // The first letter rules out most: this is asked for every ARN there is.
        switch code.utf8.first {
        case UInt8(ascii: "c") where code.hasPrefix("cn-"): .china
        case UInt8(ascii: "u") where code.hasPrefix("us-gov-"): .government
        case UInt8(ascii: "e") where code.hasPrefix("eusc-"): .europeanSovereign
        default: .aws
        }
    }

    /// The place that people know it by, if it is in the table.
    public var place: String? { Self.places[code] }

    /// All regions of the table, in the order of their codes.
    public static let known: [Region] = places.keys.sorted().map(Region.init(known:))

    /// Codes are ASCII, whose order as text is that of their bytes.
    public static func < (left: Region, right: Region) -> Bool { left.code < right.code }

    /// https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html
    private static let places = [
        "af-south-1": "Cape Town", "ap-east-1": "Hong Kong", "ap-east-2": "Taipei", "ap-northeast-1": "Tokyo",
        "ap-northeast-2": "Seoul", "ap-northeast-3": "Osaka", "ap-south-1": "Mumbai", "ap-south-2": "Hyderabad",
        "ap-southeast-1": "Singapore", "ap-southeast-2": "Sydney", "ap-southeast-3": "Jakarta",
        "ap-southeast-4": "Melbourne", "ap-southeast-5": "Malaysia", "ap-southeast-6": "New Zealand",
        "ap-southeast-7": "Thailand", "ca-central-1": "Canada Central", "ca-west-1": "Calgary",
        "eu-central-1": "Frankfurt", "eu-central-2": "Zurich", "eu-north-1": "Stockholm", "eu-south-1": "Milan",
        "eu-south-2": "Spain", "eu-west-1": "Ireland", "eu-west-2": "London", "eu-west-3": "Paris",
        "il-central-1": "Tel Aviv", "me-central-1": "UAE", "me-south-1": "Bahrain", "mx-central-1": "Mexico",
        "sa-east-1": "São Paulo", "us-east-1": "N. Virginia", "us-east-2": "Ohio", "us-west-1": "N. California",
        "us-west-2": "Oregon", "cn-north-1": "Beijing", "cn-northwest-1": "Ningxia", "us-gov-east-1": "GovCloud East",
        "us-gov-west-1": "GovCloud West", "eusc-de-east-1": "Brandenburg",
    ]
}

extension Region: LosslessStringConvertible, Codable {
    public var description: String { code }
    public init(from decoder: any Decoder) throws { self = try decoder.decodeLossless() }
    public func encode(to encoder: any Encoder) throws { try encoder.encodeDescription(of: self) }
}
