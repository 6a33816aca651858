/// `SHA256SUMS`: the digests of files by their path from the branch's root, as `sha256sum` writes and checks them.
///
/// Each layer has one in its folder, for what belongs to it. The one at the root has those, the tables, and all others.
public struct FileDigests: Sendable, Hashable {
    /// The root's.
    public static let path = "SHA256SUMS"

    public private(set) var digests: [String: ContentDigest]

    public init(_ digests: [String: ContentDigest] = [:]) { self.digests = digests }

    public subscript(path: String) -> ContentDigest? {
        get { digests[path] }
        set { digests[path] = newValue }
    }

    /// A line for each file, sorted by the path's bytes.
    public var bytes: [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(digests.count * 128)
        for (path, digest) in digests.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
            out.append(contentsOf: digest.hex.utf8)
            out.append(contentsOf: "  \(path)\n".utf8)
        }
        return out
    }

    /// Reads the file.
    ///
    /// - Returns: nil unless every line is a digest, two blanks and a path that stays below the root, each path once.
    public init?(_ file: [UInt8]) {
        guard file.isEmpty || file.last == 0x0a else { return nil }
        var digests: [String: ContentDigest] = [:]
        for line in file.dropLast().split(separator: 0x0a, omittingEmptySubsequences: false) where !file.isEmpty {
            guard line.count > 66, line.dropFirst(64).starts(with: [0x20, 0x20]),
                let digest = ContentDigest(lowercase: String(decoding: line.prefix(64), as: UTF8.self))
            else { return nil }
            let path = String(decoding: line.dropFirst(66), as: UTF8.self)
            guard Self.isPlain(path), digests.updateValue(digest, forKey: path) == nil else { return nil }
        }
        self.digests = digests
    }

    private static func isPlain(_ path: String) -> Bool {
        path.utf8.allSatisfy { 0x21..<0x7f ~= $0 && $0 != UInt8(ascii: "\\") }
            && path.split(separator: "/", omittingEmptySubsequences: false).allSatisfy {
                !$0.isEmpty && $0 != "." && $0 != ".."
            }
    }

    /// The layer that a file belongs to: whose `SHA256SUMS` tells its digest. nil for what the root's tells.
    public static func layer(of path: String) -> LayerName? {
        guard let layer = LayerFolders.layer(of: path), self.layer(ofSums: path) == nil else { return nil }
        return layer
    }

    /// The layer whose own `SHA256SUMS` a path is; nil for any other file.
    public static func layer(ofSums path: String) -> LayerName? {
        guard let layer = LayerFolders.layer(of: path),
            LayerFolders.allCases.contains(where: { self.path(of: layer, $0) == path })
        else { return nil }
        return layer
    }

    /// A layer's own.
    public static func path(of layer: LayerName, _ folders: LayerFolders) -> String {
        "\(folders.folder(of: layer))/\(path)"
    }
}
