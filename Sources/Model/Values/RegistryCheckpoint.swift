/// `checkpoint`: what the registry is at a revision, in a few lines that its key signs. Who has checked the signature
/// (`checkpoint.sig`, SSHSIG) can check every file by digests. The format is described in `docs/trust.md`.
public struct RegistryCheckpoint: Sendable, Hashable {
    public static let path = "checkpoint"
    /// The armoured signature over the file's bytes.
    public static let signaturePath = "checkpoint.sig"
    /// What the signature is for, as `ssh-keygen -Y verify -n` wants it: none of git's commits can stand for it.
    public static let namespace = "strata-checkpoint"
    /// No such file has more bytes.
    public static let longest = 4096
    private static let title = "strata checkpoint 1"

    /// The registry's identity, as in `registry.json`.
    public let registry: String
    /// As in `registry.json` of the same commit.
    public let revision: Int
    /// Of the checkpoint file that this one follows; nil for the first.
    public let previous: ContentDigest?
    /// When it was signed.
    public let time: Timestamp
    /// Of the root's `SHA256SUMS`.
    public let files: ContentDigest
    /// How many releases are listed and exist.
    public let releases: Int
    /// Of `listed.txt`, which tells the digest of each layer's pairs of ARN and SHA-256.
    public let listed: ContentDigest

    public init(
        registry: String, revision: Int, previous: ContentDigest?, time: Timestamp, files: ContentDigest, releases: Int,
        listed: ContentDigest
    ) {
        self.registry = registry
        self.revision = revision
        self.previous = previous
        self.time = time
        self.files = files
        self.releases = releases
        self.listed = listed
    }

    public var bytes: [UInt8] {
        Array(
            """
            \(Self.title)
            registry \(registry)
            revision \(revision)
            previous \(previous?.hex ?? "none")
            time \(time)
            files \(files)
            listed \(releases) \(listed)

            """.utf8)
    }

    /// Reads the file. Lines that a later version may add at the end are passed over.
    ///
    /// - Returns: nil unless it is a checkpoint of format 1.
    public init?(_ bytes: [UInt8]) {
        guard bytes.count <= Self.longest, bytes.last == 0x0a, bytes.allSatisfy({ 0x20..<0x7f ~= $0 || $0 == 0x0a })
        else { return nil }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count >= 8, lines[0] == Self.title,
            let registry = Self.value("registry", lines[1]), registry.utf8.allSatisfy(\.isASCIIAlphanumeric),
            (1...64).contains(registry.utf8.count),
            let revision = Self.value("revision", lines[2]).flatMap({ Self.number($0) }),
            RegistryStamp.revisions.contains(revision),
            let previous = Self.value("previous", lines[3]),
            let time = Self.value("time", lines[4]).flatMap({ Timestamp(String($0)) }),
            let files = Self.value("files", lines[5]).flatMap({ ContentDigest(lowercase: $0) }),
            let listed = Self.value("listed", lines[6])?.split(separator: " ", omittingEmptySubsequences: false),
            listed.count == 2, let releases = Self.number(listed[0]),
            let listedDigest = ContentDigest(lowercase: listed[1])
        else { return nil }
        let former = ContentDigest(lowercase: previous)
        guard former != nil || previous == "none" else { return nil }
        self.init(
            registry: String(registry), revision: revision, previous: former, time: time, files: files,
            releases: releases, listed: listedDigest)
    }

    private static func value(_ key: String, _ line: Substring) -> Substring? {
        line.hasPrefix("\(key) ") ? line.dropFirst(key.utf8.count + 1) : nil
    }

    private static func number(_ text: Substring) -> Int? {
        guard text.utf8.allSatisfy(\.isASCIIDigit), text == "0" || !text.hasPrefix("0") else { return nil }
        return Int(text)
    }
}

extension ContentDigest {
    /// Reads a digest in the one form in which the registry's plain files have it.
    package init?(lowercase text: some StringProtocol) {
        guard let digest = ContentDigest(hex: text), digest.hex == text else { return nil }
        self = digest
    }
}
