import FoundationEssentials

extension [UInt8] {
    /// - Returns: nil unless the text is an even number of hexadecimal digits.
    public init?(hex: some StringProtocol) {
        let digits = Array(hex.utf8)
        guard digits.count.isMultiple(of: 2) else { return nil }
        self = []
        reserveCapacity(digits.count / 2)
        for pair in stride(from: 0, to: digits.count, by: 2) {
            guard let high = digits[pair].hexValue, let low = digits[pair + 1].hexValue else { return nil }
            append(high << 4 | low)
        }
    }

    public var hex: String {
        String(unsafeUninitializedCapacity: count * 2) { text in
            for (index, byte) in enumerated() {
                text[index * 2] = (byte >> 4).hexDigit
                text[index * 2 + 1] = (byte & 15).hexDigit
            }
            return count * 2
        }
    }

    /// Standard base64 with padding.
    public var base64: String { Data(self).base64EncodedString() }
}

extension UInt8 {
    /// The lower-case digit of a value below 16.
    package var hexDigit: UInt8 { self < 10 ? UInt8(ascii: "0") + self : UInt8(ascii: "a") + self - 10 }

    fileprivate var hexValue: UInt8? {
        switch self {
        case 0x30...0x39: self - 0x30
        case 0x41...0x46: self - 0x41 + 10
        case 0x61...0x66: self - 0x61 + 10
        default: nil
        }
    }
}

extension Decoder {
    /// A value that is written as one string; the error names what was expected.
    public func decodeLossless<Value: LosslessStringConvertible>() throws -> Value {
        let container = try singleValueContainer()
        let text = try container.decode(String.self)
        guard let value = Value(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "'\(text)' is not a \(Value.self)")
        }
        return value
    }
}

extension Encoder {
    public func encodeDescription(of value: some CustomStringConvertible) throws {
        var container = singleValueContainer()
        try container.encode(value.description)
    }
}

/// Dictionaries with these keys are written as JSON objects.
extension Region: CodingKeyRepresentable {}
extension ContentsKey: CodingKeyRepresentable {}

extension CodingKeyRepresentable where Self: LosslessStringConvertible {
    public var codingKey: any CodingKey { TextKey(stringValue: description) }
    public init?(codingKey: some CodingKey) { self.init(codingKey.stringValue) }
}

private struct TextKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}
