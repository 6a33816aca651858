import Files
import FoundationEssentials
import Model

/// What was read of signed registries on this machine: whose keys signed them, and the last checkpoint.
///
/// A small file for each registry, in lines: `key TYPE BASE64` for each key, `checkpoint REVISION SHA256`.
public struct TrustMemory: Sendable {
    private let folder: String

    /// - Parameter folder: made when there is something to remember.
    public init(folder: String) { self.folder = folder }

    public struct Entry: Sendable, Hashable {
        /// As OpenSSH writes public keys.
        public var keys: Set<String>
        public var revision: Int
        /// Of the checkpoint file.
        public var digest: ContentDigest
    }

    func entry(of registry: String) throws -> Entry? {
        guard let file = try BoundedFile.readIfPresent(path(registry), limit: ByteCount(65_536)) else { return nil }
        var keys: Set<String> = []
        var last: (revision: Int, digest: ContentDigest)?
        for line in String(decoding: file, as: UTF8.self).split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.first == "key", words.count == 3 { keys.insert(words[1...].joined(separator: " ")) }
            if words.first == "checkpoint", words.count == 3, let revision = Int(words[1]),
                let digest = ContentDigest(hex: words[2])
            {
                last = (revision, digest)
            }
        }
        return last.map { Entry(keys: keys, revision: $0.revision, digest: $0.digest) }
    }

    /// A folder that cannot be written to keeps nobody from reading.
    func remember(_ entry: Entry, of registry: String) {
        let lines = entry.keys.sorted().map { "key \($0)\n" } + ["checkpoint \(entry.revision) \(entry.digest)\n"]
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try? AtomicFile.replace(path(registry), with: Array(lines.joined().utf8))
    }

    /// The identity is letters and digits: a checkpoint's reader has seen to it.
    private func path(_ registry: String) -> String { "\(folder)/\(registry).trust" }
}
