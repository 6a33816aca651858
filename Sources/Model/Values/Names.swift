/// A Python package's name, normalised as PEP 503 says: lower case, runs of `-`, `_` and `.` become one `-`.
///
/// A normalised name holds no `_`, which is why layer names can use it between a name and its extras.
public struct PackageName: Sendable, Hashable, Comparable {
    public let text: String

    /// - Returns: nil unless the text is a name as PEP 508 has it: ASCII letters, digits, `-`, `_`, `.`, beginning and
    ///   ending with a letter or a digit, at most 128 characters.
    public init?(_ description: String) {
        let bytes = Array(description.utf8)
        guard let first = bytes.first, let last = bytes.last, bytes.count <= 128,
            first.isASCIIAlphanumeric, last.isASCIIAlphanumeric,
            bytes.allSatisfy({ $0.isASCIIAlphanumeric || $0.isNameSeparator })
        else { return nil }
        var normal: [UInt8] = []
        for byte in bytes {
            if byte.isNameSeparator {
                if normal.last != UInt8(ascii: "-") { normal.append(UInt8(ascii: "-")) }
            } else {
                normal.append(byte.asciiLowercased)
            }
        }
        text = String(decoding: normal, as: UTF8.self)
    }

    /// Names are ASCII, whose order as text is that of their bytes.
    public static func < (left: PackageName, right: PackageName) -> Bool { left.text < right.text }
}

extension PackageName: LosslessStringConvertible, Codable {
    public var description: String { text }
    public init(from decoder: any Decoder) throws { self = try decoder.decodeLossless() }
    public func encode(to encoder: any Encoder) throws { try encoder.encodeDescription(of: self) }
}

/// What the maintainer calls a layer: `[A-Za-z0-9-_]`, at most 64 characters.
public struct LayerName: Sendable, Hashable, Comparable {
    public let text: String

    public init?(_ description: String) {
        guard (1...64).contains(description.utf8.count),
            description.utf8.allSatisfy({ $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
            )
        else { return nil }
        text = description
    }

    /// The name of a layer that holds one requirement: the normalised package, then each normalised extra after `_`,
    /// sorted. `psycopg[pool,binary]` is `psycopg_binary_pool`, which no package's own name can be.
    public init?(for requirement: Requirement) {
        let extras = Set(requirement.extras).sorted().map { "_" + $0.text }
        self.init(requirement.package.text + extras.joined())
    }

    /// Names are ASCII, whose order as text is that of their bytes.
    public static func < (left: LayerName, right: LayerName) -> Bool { left.text < right.text }
}

extension LayerName: LosslessStringConvertible, Codable {
    public var description: String { text }
    public init(from decoder: any Decoder) throws { self = try decoder.decodeLossless() }
    public func encode(to encoder: any Encoder) throws { try encoder.encodeDescription(of: self) }
}

extension UInt8 {
    package var isASCIIAlphanumeric: Bool {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default: false
        }
    }
    package var asciiLowercased: UInt8 { self >= UInt8(ascii: "A") && self <= UInt8(ascii: "Z") ? self | 0x20 : self }
    fileprivate var isNameSeparator: Bool {
        self == UInt8(ascii: "-") || self == UInt8(ascii: "_") || self == UInt8(ascii: ".")
    }
}
