import Model

/// A wheel's file name, taken apart (the binary distribution format's "File name convention"):
/// `{name}-{version}(-{build})-{python}-{abi}-{platform}.whl`.
public struct WheelFileName: Sendable, Hashable {
    /// As in the file name: `scikit_learn`.
    public let distribution: String
    public let version: String
    /// The build tag's number and the rest of it; nil without one.
    public let build: BuildTag?
    /// All combinations that the three compressed tag sets stand for.
    public let tags: Set<WheelTag>
    /// The whole name, with `.whl`.
    public let text: String

    /// PEP 503's form of the name: `scikit-learn`.
    public var normalizedName: String { Self.normalized(distribution) }

    /// Reads a file name.
    /// - Returns: nil if it is no wheel's name, or holds anything but letters, digits and `._+!-`.
    public init?(_ text: String) {
        guard text.hasSuffix(".whl"), text.utf8.count <= 255, text.utf8.allSatisfy(Self.isAllowed) else { return nil }
        let parts = text.dropLast(4).split(separator: "-", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 5 || parts.count == 6, parts.allSatisfy({ !$0.isEmpty }) else { return nil }
        if parts.count == 6 {
            guard let build = BuildTag(parts[2]) else { return nil }
            self.build = build
        } else {
            build = nil
        }
        let sets = parts.suffix(3).map { $0.lowercased().split(separator: ".", omittingEmptySubsequences: false) }
        // Real names stand for some tens of tags at most.
        guard sets.allSatisfy({ $0.allSatisfy { !$0.isEmpty } }), sets.reduce(1, { $0 * $1.count }) <= 1000 else {
            return nil
        }
        var tags: Set<WheelTag> = []
        for python in sets[0] {
            for abi in sets[1] {
                for platform in sets[2] {
                    tags.insert(WheelTag(python: String(python), abi: String(abi), platform: String(platform)))
                }
            }
        }
        distribution = parts[0]
        version = parts[1]
        self.tags = tags
        self.text = text
    }

    /// PEP 503: lower case, runs of `-`, `_` and `.` as one `-`.
    public static func normalized(_ name: String) -> String {
        name.lowercased().split(omittingEmptySubsequences: true) { "-_.".contains($0) }.joined(separator: "-")
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "._+!-".utf8.contains(byte)
        }
    }
}

extension WheelFileName: LosslessStringConvertible, Codable {
    public var description: String { text }
    public init(from decoder: any Decoder) throws { self = try decoder.decodeLossless() }
    public func encode(to encoder: any Encoder) throws { try encoder.encodeDescription(of: self) }
}

/// A build tag: a number and whatever follows. Of wheels that differ only in it, the higher one is meant.
public struct BuildTag: Sendable, Hashable, Comparable {
    public let number: Int
    public let rest: String

    init?(_ text: String) {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int(digits) else { return nil }
        self.number = number
        rest = String(text.dropFirst(digits.count))
    }

    public static func < (left: BuildTag, right: BuildTag) -> Bool {
        (left.number, left.rest) < (right.number, right.rest)
    }
}

/// One combination of Python, ABI and platform: `cp312-abi3-manylinux_2_17_x86_64`.
public struct WheelTag: Sendable, Hashable {
    public let python: String
    public let abi: String
    public let platform: String

    public init(python: String, abi: String, platform: String) {
        self.python = python
        self.abi = abi
        self.platform = platform
    }
}

extension WheelFileName {
    /// Whether two ways of writing a version may mean the same one.
    static func isSameRelease(_ version: String, _ other: String) -> Bool { release(version) == release(other) }

    /// The numbers that a version begins with, without zeros at the end: the part that every way of writing it shares.
    private static func release(_ version: String) -> [String] {
        let numbers = version.prefix { $0.isASCII && $0.isNumber || $0 == "." }
        var parts = numbers.split(separator: ".").map { String($0.drop { $0 == "0" }) }
        while parts.last?.isEmpty == true { parts.removeLast() }
        return parts
    }
}
