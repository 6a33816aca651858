/// The instruction set that a layer's native code is made for, as Lambda names it.
public enum Architecture: String, Sendable, Codable, CaseIterable, Comparable {
    case x86_64
    case arm64

    /// As wheels' platform tags name it.
    public var machine: String { self == .arm64 ? "aarch64" : "x86_64" }
    public static func < (left: Architecture, right: Architecture) -> Bool { left == .x86_64 && right == .arm64 }
}

/// A Python minor version: 3.12.
public struct PythonVersion: Sendable, Hashable, Comparable, LosslessStringConvertible, Codable {
    public let major: Int
    public let minor: Int

    public init(_ major: Int, _ minor: Int) {
        self.major = major
        self.minor = minor
    }

    /// - Returns: nil unless the text is what `description` writes: no signs, no leading zeros.
    public init?(_ description: String) {
        let parts = description.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.count == 2, let major = parts[0], let minor = parts[1], major >= 0, minor >= 0 else { return nil }
        self.init(major, minor)
        guard self.description == description else { return nil }
    }

    public var description: String { "\(major).\(minor)" }
    public static func < (left: PythonVersion, right: PythonVersion) -> Bool {
        (left.major, left.minor) < (right.major, right.minor)
    }
    public init(from decoder: any Decoder) throws { self = try decoder.decodeLossless() }
    public func encode(to encoder: any Encoder) throws { try encoder.encodeDescription(of: self) }
}

/// A version of the GNU C library.
public struct GlibcVersion: Sendable, Hashable, Comparable, CustomStringConvertible, Codable {
    public let major: Int
    public let minor: Int
    public init(_ major: Int, _ minor: Int) {
        self.major = major
        self.minor = minor
    }
    public var description: String { "\(major).\(minor)" }
    public static func < (left: GlibcVersion, right: GlibcVersion) -> Bool {
        (left.major, left.minor) < (right.major, right.minor)
    }
}

/// What a layer is built for: a Python version on an architecture, as `python3.12` (x86_64) or `python3.12-arm64`.
public struct Target: Sendable, Hashable, Comparable {
    public let python: PythonVersion
    public let architecture: Architecture

    public init(_ python: PythonVersion, _ architecture: Architecture) {
        self.python = python
        self.architecture = architecture
    }

    /// For layers of other publishers that are not made for one Python alone, such as extensions: imported, never built.
    public static let any = Target(PythonVersion(0, 0), .x86_64)
    /// Whether it is `any` or `any-arm64`.
    public var isAny: Bool { python == Target.any.python }

    /// Reads `python3.12`, `python3.12-arm64` or `any`, whether or not Strata can build for it: imports hold others.
    public init?(_ description: String) {
        if description == "any" || description == "any-arm64" {
            self.init(Target.any.python, description == "any" ? .x86_64 : .arm64)
            return
        }
        guard description.hasPrefix("python"), description != "python0.0", description != "python0.0-arm64" else {
            return nil
        }
        var rest = description.dropFirst("python".count)
        var architecture = Architecture.x86_64
        if rest.hasSuffix("-arm64") {
            architecture = .arm64
            rest = rest.dropLast("-arm64".count)
        }
        guard let python = PythonVersion(String(rest)) else { return nil }
        self.init(python, architecture)
    }

    /// Lambda's runtime identifier; `any` where there is not one alone.
    public var runtime: String { isAny ? "any" : "python\(python)" }
    /// `p312` or `p312_arm64`: the `{py}` of name templates.
    public var shortName: String {
        (isAny ? "any" : "p\(python.major)\(python.minor)") + (architecture == .arm64 ? "_arm64" : "")
    }
    /// The row of the table that says what the target runs on; nil if Strata cannot build for it.
    public var platform: Platform? { Platform.table.first { $0.python == python } }
    /// All that can be built for, in order.
    public static var buildable: [Target] {
        Platform.table.flatMap { row in Architecture.allCases.map { Target(row.python, $0) } }.sorted()
    }

    public static func < (left: Target, right: Target) -> Bool {
        (left.python, left.architecture) < (right.python, right.architecture)
    }
}

extension Target: LosslessStringConvertible, Codable {
    public var description: String { runtime + (architecture == .arm64 ? "-arm64" : "") }
    public init(from decoder: any Decoder) throws { self = try decoder.decodeLossless() }
    public func encode(to encoder: any Encoder) throws { try encoder.encodeDescription(of: self) }
}

/// What a Python runtime of Lambda is made of. A new runtime is one new row.
public struct Platform: Sendable {
    public let python: PythonVersion
    public let operatingSystem: String
    public let glibc: GlibcVersion
    /// The day on which Lambda deprecates the runtime: from then on it gets no fixes, and later no new functions. nil where
    /// no day was announced.
    public let deprecation: Timestamp?

    private init(
        _ python: PythonVersion, _ operatingSystem: String, _ glibc: GlibcVersion, deprecation: String? = nil
    ) {
        self.python = python
        self.operatingSystem = operatingSystem
        self.glibc = glibc
        self.deprecation = deprecation.flatMap { Timestamp($0) }
    }

    /// https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html, and glibc from the operating systems. Days as that
    /// page had them in autumn 2026, when 3.15 was in preview.
    public static let table: [Platform] = [
        Platform(PythonVersion(3, 10), "al2", GlibcVersion(2, 26), deprecation: "2026-10-31"),
        Platform(PythonVersion(3, 11), "al2", GlibcVersion(2, 26), deprecation: "2027-06-30"),
        Platform(PythonVersion(3, 12), "al2023", GlibcVersion(2, 34), deprecation: "2028-10-31"),
        Platform(PythonVersion(3, 13), "al2023", GlibcVersion(2, 34), deprecation: "2029-06-30"),
        Platform(PythonVersion(3, 14), "al2023", GlibcVersion(2, 34), deprecation: "2029-06-30"),
        Platform(PythonVersion(3, 15), "al2023", GlibcVersion(2, 34)),
    ]
}
