/// A number of bytes. Sums stop at the largest number there is: sizes come from strangers.
public struct ByteCount: Sendable, Hashable, Comparable, Codable {
    public let bytes: Int

    public init(_ bytes: Int) { self.bytes = bytes }
    public static func mebibytes(_ count: Int) -> ByteCount { ByteCount(count << 20) }
    public static let zero = ByteCount(0)

    /// Reads `50MB`, `1.5GB`, `300KiB`, `12B` or a plain number; decimal units count in thousands.
    public init?(text: String) {
        let units: [(String, Double)] = [
            ("KiB", 1024), ("MiB", 1_048_576), ("GiB", 1_073_741_824), ("KB", 1e3), ("MB", 1e6), ("GB", 1e9), ("B", 1),
        ]
        let trimmed = text.filter { $0 != " " }
        let unit = units.first { trimmed.hasSuffix($0.0) }
        guard let number = Double(trimmed.dropLast(unit?.0.count ?? 0)), number >= 0,
            (number * (unit?.1 ?? 1)) < 9e15
        else { return nil }
        self.init(Int(number * (unit?.1 ?? 1)))
    }

    public init(from decoder: any Decoder) throws { bytes = try decoder.singleValueContainer().decode(Int.self) }
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(bytes)
    }

    public static func < (left: ByteCount, right: ByteCount) -> Bool { left.bytes < right.bytes }
    public static func + (left: ByteCount, right: ByteCount) -> ByteCount {
        let (sum, isOver) = left.bytes.addingReportingOverflow(right.bytes)
        return ByteCount(isOver ? (left.bytes < 0 ? .min : .max) : sum)
    }
    public static func += (left: inout ByteCount, right: ByteCount) { left = left + right }
}

extension ByteCount: CustomStringConvertible {
    /// With at most one decimal, in decimal units: `52.4 MB`.
    public var description: String {
        for (size, unit) in [(1_000_000_000, "GB"), (1_000_000, "MB"), (1000, "KB")] where bytes >= size {
            // First divided, since ten times the largest number is none.
            let tenths = bytes / size * 10 + (bytes % size * 10 + size / 2) / size
            return tenths >= 1000 || tenths % 10 == 0
                ? "\((tenths + 5) / 10) \(unit)" : "\(tenths / 10).\(tenths % 10) \(unit)"
        }
        return "\(bytes) B"
    }
}
