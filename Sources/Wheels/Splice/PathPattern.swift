import Model

/// A pattern for files of a layer, relative to `python/`, in the manner of `.gitignore`.
///
/// A pattern without a slash (`tests`, `*.pyi`) matches a file or a folder of that name at any depth; one with a slash
/// (`botocore/data/ec2`) begins at the top. A matching folder means all that is in it; with a slash at the end
/// (`tests/`) only folders match. `*` and `?` stop at slashes, `**` does not.
public struct PathPattern: Sendable, Hashable {
    public let text: String
    private let components: [[UInt8]]
    private let isAnchored: Bool
    private let isFolderOnly: Bool

    /// - Returns: nil for an empty pattern, one with control characters, a backslash, or `.` or `..` components, and
    ///   one with more wildcards than can be matched quickly.
    public init?(_ text: String) {
        var bytes = Array(text.utf8)
        isFolderOnly = bytes.last == .slash
        if isFolderOnly { bytes.removeLast() }
        let hasLeadingSlash = bytes.first == .slash
        if hasLeadingSlash { bytes.removeFirst() }
        guard EntryPath.problem(in: bytes[...]) == nil, bytes.count(where: { $0 == UInt8(ascii: "*") }) <= 16 else {
            return nil
        }
        self.text = text
        components = EntryPath(bytes: bytes).components.map { Array($0) }
        isAnchored = hasLeadingSlash || components.count > 1
    }

    /// Whether the pattern means the file at `path`, itself or through a folder above it.
    package func matches(_ path: EntryPath) -> Bool {
        let parts = path.components
        guard isAnchored else {
            let names = isFolderOnly ? parts.dropLast() : parts[...]
            return names.contains { Self.component($0[...], components[0][...]) }
        }
        return matches(parts)
    }

    /// Goes back to the last `**` only, which is enough: whatever an earlier one could take, the last one can take too.
    /// So the cost is at most the path's components times the pattern's.
    private func matches(_ parts: [ArraySlice<UInt8>]) -> Bool {
        var part = 0
        var wanted = 0
        var retry: (part: Int, wanted: Int)?
        while true {
            // Used up: what is left of the path lies inside what is meant. The first way here leaves the most.
            if wanted == components.count { return !isFolderOnly || part < parts.count }
            if components[wanted].elementsEqual("**".utf8) {
                wanted += 1
                retry = (part, wanted)
                continue
            }
            if part < parts.count, Self.component(parts[part], components[wanted][...]) {
                part += 1
                wanted += 1
                continue
            }
            guard let last = retry, last.part < parts.count else { return false }
            retry = (last.part + 1, last.wanted)
            (part, wanted) = (last.part + 1, last.wanted)
        }
    }

    /// `*` and `?` within one component; goes back to the last star only, which is enough.
    private static func component(_ text: ArraySlice<UInt8>, _ pattern: ArraySlice<UInt8>) -> Bool {
        var text = text
        var pattern = pattern
        var retry: (text: ArraySlice<UInt8>, pattern: ArraySlice<UInt8>)?
        while true {
            if let wanted = pattern.first {
                if wanted == UInt8(ascii: "*") {
                    pattern = pattern.dropFirst()
                    retry = (text, pattern)
                    continue
                }
                if let byte = text.first, wanted == UInt8(ascii: "?") || wanted == byte {
                    text = text.dropFirst()
                    pattern = pattern.dropFirst()
                    continue
                }
            } else if text.isEmpty {
                return true
            }
            guard let (start, rest) = retry, !start.isEmpty else { return false }
            text = start.dropFirst()
            pattern = rest
            retry = (text, pattern)
        }
    }
}

extension PathPattern: LosslessStringConvertible, Codable, Comparable {
    public var description: String { text }
    public init(from decoder: any Decoder) throws { self = try decoder.decodeLossless() }
    public func encode(to encoder: any Encoder) throws { try encoder.encodeDescription(of: self) }
    public static func < (left: PathPattern, right: PathPattern) -> Bool { left.text < right.text }
}
