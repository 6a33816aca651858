/// The ARN of a layer's version, in parts: `arn:aws:lambda:eu-west-1:111122223333:layer:acme-p312-requests:7`.
/// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html
public struct LayerVersionARN: Sendable, Hashable {
    public let region: Region
    /// Twelve digits.
    public let account: String
    /// At most 140 characters: Lambda's own publishers have longer names than Strata gives.
    public let name: String
    public let number: Int

    /// - Returns: nil unless account, name and number are what Lambda could have made.
    public init?(region: Region, account: String, name: String, number: Int) {
        guard account.utf8.count == 12, account.utf8.allSatisfy(\.isASCIIDigit), number > 0,
            (1...140).contains(name.utf8.count), name.utf8.allSatisfy(\.isLayerNameByte)
        else { return nil }
        self.region = region
        self.account = account
        self.name = name
        self.number = number
    }

    /// The partition follows from the region.
    public var partition: Partition { region.partition }
    /// What Lambda calls the version within the account.
    public var release: Release.ID { Release.ID(account: account, region: region, name: name, number: number) }
}

extension LayerVersionARN: LosslessStringConvertible, Codable {
    public init?(_ description: String) {
        let parts = description.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 8, parts[0] == "arn", parts[2] == "lambda", parts[5] == "layer",
            let region = Region(String(parts[3])), parts[1] == region.partition.rawValue,
            parts[7].utf8.count <= 10, parts[7].utf8.allSatisfy(\.isASCIIDigit), let number = Int(parts[7])
        else { return nil }
        self.init(region: region, account: String(parts[4]), name: String(parts[6]), number: number)
    }

    public var description: String {
        "arn:\(partition.rawValue):lambda:\(region):\(account):layer:\(name):\(number)"
    }

    public init(from decoder: any Decoder) throws { self = try decoder.decodeLossless() }
    public func encode(to encoder: any Encoder) throws { try encoder.encodeDescription(of: self) }
}

extension UInt8 {
    package var isASCIIDigit: Bool { (0x30...0x39).contains(self) }
    package var isLayerNameByte: Bool {
        isASCIIAlphanumeric || self == UInt8(ascii: "-") || self == UInt8(ascii: "_")
    }
}
