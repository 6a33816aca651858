import Model

/// What a file from elsewhere is, by its name.
public enum ArchiveFormat: Sendable, Hashable {
    /// Also a wheel.
    case zip
    /// Plain, or compressed by gzip, xz, zstd or bzip2.
    case tar
    /// Debian's: an ar of three members, of which `data.tar` holds the files.
    case deb
    /// A header, and a compressed cpio.
    case rpm
    /// No archive: a program, for instance.
    case file

    /// - Parameter name: a file's name, without folders.
    public init(name: String) {
        let name = name.lowercased()
        let formats: [(ArchiveFormat, [String])] = [
            (.zip, [".zip", ".whl"]), (.deb, [".deb"]), (.rpm, [".rpm"]),
            (.tar, [".tar", ".tar.gz", ".tgz", ".tar.xz", ".txz", ".tar.zst", ".tzst", ".tar.bz2", ".tbz2"]),
        ]
        self = formats.first { $0.1.contains(where: name.hasSuffix) }?.0 ?? .file
    }
}

/// What an archive may hold. Whatever an archive says of itself, no more than this is unpacked or counted.
public struct ArchiveLimits: Sendable, Hashable {
    public var entries = 100_000
    /// All files of the archive together, whether they are taken or not.
    public var unpacked = ByteCount(2_000_000_000)
    /// Links from one name to the next.
    public var links = 40

    public init() {}
}
