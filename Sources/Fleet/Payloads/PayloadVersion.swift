import Model

/// `"v": 1`, the first word of every payload. Any other number is refused: what it means is not known here.
public struct PayloadVersion: Sendable, Hashable, Codable {
    public static let current = 1

    public init() {}

    public init(from decoder: any Decoder) throws {
        let number = try decoder.singleValueContainer().decode(Int.self)
        guard number == Self.current else {
            throw StrataError(
                .invalidRequest, "the payload has version \(number), and this Strata speaks version \(Self.current)",
                hint: "deploy the functions and the state machine together: 'strata deploy'")
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(Self.current)
    }
}
