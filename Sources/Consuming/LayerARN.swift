import Model

/// The ARN of a layer's version, in parts: `arn:aws:lambda:eu-west-1:111122223333:layer:acme-p312-requests:7`.
public struct LayerARN: Sendable, Hashable {
    public let region: Region
    /// Twelve digits.
    public let account: String
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
}

extension LayerARN: LosslessStringConvertible {
    public init?(_ description: String) {
        let parts = description.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 8, parts[0] == "arn", parts[2] == "lambda", parts[5] == "layer",
            let region = Region(String(parts[3])), parts[1] == region.partition.rawValue,
            parts[7].utf8.count <= 10, parts[7].utf8.allSatisfy(\.isASCIIDigit), let number = Int(parts[7])
        else { return nil }
        self.init(region: region, account: String(parts[4]), name: String(parts[6]), number: number)
    }

    public var description: String {
        "arn:\(region.partition.rawValue):lambda:\(region):\(account):layer:\(name):\(number)"
    }
}

extension UInt8 {
    var isASCIIDigit: Bool { (0x30...0x39).contains(self) }
    var isLayerNameByte: Bool { isASCIIAlphanumeric || self == UInt8(ascii: "-") || self == UInt8(ascii: "_") }
}
