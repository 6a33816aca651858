/// A version of the C library: the oldest that a file runs on, or the one that a target has.
public struct LibraryVersion: Sendable, Hashable, Comparable, Codable {
    public var major: Int
    public var minor: Int

    public init(_ major: Int, _ minor: Int) {
        self.major = major
        self.minor = minor
    }

    public static func < (left: LibraryVersion, right: LibraryVersion) -> Bool {
        (left.major, left.minor) < (right.major, right.minor)
    }
}

extension LibraryVersion: CustomStringConvertible {
    public var description: String { "\(major).\(minor)" }
}

/// How well a wheel fits a target; of several that fit, the highest is the one to take.
///
/// The interpreter's own ABI comes first, then the stable ABI (the newest Python's first), then native code without
/// Python's ABI, then pure Python; within each the newest C library, and last the build tag.
public struct WheelRank: Sendable, Hashable, Comparable {
    enum Kind: Int, Comparable {
        case pure, native, stableABI, exactABI
        static func < (left: Kind, right: Kind) -> Bool { left.rawValue < right.rawValue }
    }

    let kind: Kind
    /// The minor version of the Python that the tag names.
    let python: Int
    /// The platform tag's C library; 0.0 where there is none.
    let library: LibraryVersion
    let build: BuildTag?

    public static func < (left: WheelRank, right: WheelRank) -> Bool {
        if left.kind != right.kind { return left.kind < right.kind }
        if left.python != right.python { return left.python < right.python }
        if left.library != right.library { return left.library < right.library }
        switch (left.build, right.build) {
        case (let left?, let right?): return left < right
        case (nil, .some): return true
        default: return false
        }
    }
}

extension WheelFileName {
    /// The rank for CPython on Linux with the GNU C library.
    /// - Parameters:
    ///   - python: the target's version, as `(3, 12)`.
    ///   - machine: `x86_64` or `aarch64`, as platform tags write it.
    ///   - glibc: the target's C library.
    /// - Returns: nil if the wheel does not fit.
    public func rank(python: (major: Int, minor: Int), machine: String, glibc: LibraryVersion) -> WheelRank? {
        tags.compactMap { tag in
            guard let library = tag.library(machine: machine, glibc: glibc),
                let (kind, minor) = tag.kind(python: python)
            else { return nil }
            return WheelRank(kind: kind, python: minor, library: library, build: build)
        }.max()
    }
}

extension WheelTag {
    /// The C library that the platform tag asks for, nil if the target has an older one or is another platform.
    fileprivate func library(machine: String, glibc: LibraryVersion) -> LibraryVersion? {
        if platform == "any" { return LibraryVersion(0, 0) }
        guard platform.hasSuffix("_\(machine)") else { return nil }
        let system = platform.dropLast(machine.count + 1)
        let needed: LibraryVersion
        switch system {
        // Built for some Linux, without a promise: what it needs shows when its libraries are inspected.
        case "linux": needed = LibraryVersion(0, 1)
        case "manylinux1": needed = LibraryVersion(2, 5)
        case "manylinux2010": needed = LibraryVersion(2, 12)
        case "manylinux2014": needed = LibraryVersion(2, 17)
        default:
            let parts = system.split(separator: "_", omittingEmptySubsequences: false)
            guard parts.count == 3, parts[0] == "manylinux", let major = Int(parts[1]), let minor = Int(parts[2]) else {
                return nil
            }
            needed = LibraryVersion(major, minor)
        }
        return needed <= glibc ? needed : nil
    }

    /// What the Python and ABI tags mean for the target, and the minor version that they name; nil if they do not fit.
    fileprivate func kind(python target: (major: Int, minor: Int)) -> (WheelRank.Kind, Int)? {
        let implementation = python.prefix { !$0.isNumber }
        let digits = python.dropFirst(implementation.count)
        guard let major = digits.first.flatMap({ Int(String($0)) }), major == target.major else { return nil }
        let minor = digits.count > 1 ? Int(digits.dropFirst()) : 0
        guard let minor, minor <= target.minor else { return nil }
        let isExact = minor == target.minor && digits.count > 1
        switch (implementation, abi) {
        case ("cp", "cp\(target.major)\(target.minor)") where isExact: return (.exactABI, minor)
        case ("cp", "abi3") where digits.count > 1 && minor >= 2: return (.stableABI, minor)
        case ("cp", "none") where isExact: return (platform == "any" ? .pure : .native, minor)
        case ("py", "none"): return (platform == "any" ? .pure : .native, minor)
        default: return nil
        }
    }
}
