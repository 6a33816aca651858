import CArchive
import Glibc
import Model
import Wheels

/// libarchive's reader of one archive. All its calls go through here, on one thread; the handle is freed with this.
/// https://github.com/libarchive/libarchive/wiki/ManPageArchiveRead3
final class ArchiveHandle {
    private let handle: OpaquePointer
    private let name: String
    /// What the bytes are read from, if not from a file.
    private let outer: ArchiveHandle?
    /// What reading `outer` came to: C cannot hand an error on.
    private var failure: (any Error)?

    /// An archive in a file.
    /// - Parameter name: what errors call it.
    /// - Throws: `.badWheel` if it is none of that format.
    init(path: String, _ format: ArchiveFormat, name: String) throws {
        outer = nil
        self.name = name
        handle = try Self.make(format)
        try check(archive_read_open_filename(handle, path, 64 << 10))
        try checkFilters()
    }

    /// A tar in the member that another archive is at.
    init(tarIn outer: ArchiveHandle, name: String) throws {
        self.outer = outer
        self.name = name
        handle = try Self.make(.tar)
        // `self` outlives the handle, and with it all calls.
        let status = archive_read_open(
            handle, Unmanaged.passUnretained(self).toOpaque(), nil,
            { _, context, buffer in
                guard let context, let buffer else { return -1 }
                let this = Unmanaged<ArchiveHandle>.fromOpaque(context).takeUnretainedValue()
                do {
                    let part = try this.outer?.block()
                    buffer.pointee = part?.baseAddress
                    return part?.count ?? 0
                } catch {
                    this.failure = error
                    return -1
                }
            }, nil)
        if let failure { throw failure }
        try check(status)
        try checkFilters()
    }

    deinit { archive_read_free(handle) }

    private static func make(_ format: ArchiveFormat) throws -> OpaquePointer {
        guard let handle = archive_read_new() else { throw StrataError(.inconsistent, "libarchive cannot start") }
        switch format {
        case .zip: archive_read_support_format_zip(handle)
        case .deb: archive_read_support_format_ar(handle)
        case .tar:
            archive_read_support_format_tar(handle)
            addCompression(handle)
        case .rpm:
            archive_read_support_format_cpio(handle)
            archive_read_support_filter_rpm(handle)
            addCompression(handle)
        case .file: break
        }
        return handle
    }

    private static func addCompression(_ handle: OpaquePointer) {
        archive_read_support_filter_gzip(handle)
        archive_read_support_filter_xz(handle)
        archive_read_support_filter_zstd(handle)
        archive_read_support_filter_bzip2(handle)
    }

    /// What is compressed again and again takes time without end to unpack to little.
    private func checkFilters() throws {
        let compressions = (0..<archive_filter_count(handle)).count { index in
            ![ARCHIVE_FILTER_NONE, ARCHIVE_FILTER_RPM].contains(archive_filter_code(handle, index))
        }
        guard compressions <= 1 else { throw refused("is compressed more than once") }
    }

    /// The next member; nil at the end.
    /// - Throws: `.badWheel` for a damaged archive, and for a name that climbs out.
    func next() throws -> ArchiveEntry? {
        while true {
            var entry: OpaquePointer?
            guard try check(archive_read_next_header(handle, &entry)), let entry else { return nil }
            if let member = try member(entry) { return member }
        }
    }

    private func member(_ entry: OpaquePointer) throws -> ArchiveEntry? {
        guard let name = archive_entry_pathname(entry) else { throw refused("has a member without a name") }
        guard let path = EntryPath.ofMember(Self.bytes(name)) else { return nil }
        guard !path.isHostile else { throw refused(EntryPath.problem(in: path.bytes[...]) ?? "", path) }
        var member = ArchiveEntry(path: path, kind: try kind(of: entry, path))
        if archive_entry_size_is_set(entry) != 0 {
            guard let size = Int(exactly: archive_entry_size(entry)), size >= 0 else {
                throw refused("has an impossible size", path)
            }
            member.size = size
        }
        member.isExecutable = archive_entry_perm(entry) & 0o111 != 0
        member.isSparse = archive_entry_sparse_count(entry) > 0
        member.isEncrypted = archive_entry_is_encrypted(entry) != 0
        member.problem = EntryPath.problem(in: path.bytes[...])
        return member
    }

    private func kind(of entry: OpaquePointer, _ path: EntryPath) throws -> ArchiveEntry.Kind {
        if let target = archive_entry_hardlink(entry) {
            guard let target = EntryPath.ofMember(Self.bytes(target)), !target.isHostile else {
                throw refused("is a hard link that leads out of the archive", path)
            }
            return .hardlink(target)
        }
        switch archive_entry_filetype(entry) {
        case S_IFREG: return .file
        case S_IFDIR: return .folder
        case S_IFLNK: return .symlink(archive_entry_symlink(entry).map { String(cString: $0) } ?? "")
        case S_IFCHR, S_IFBLK: return .other("a device")
        case S_IFIFO: return .other("a pipe")
        case S_IFSOCK: return .other("a socket")
        default: return .other("no file")
        }
    }

    /// The next piece of the member's data, good until the next call; nil at its end.
    func block() throws -> UnsafeRawBufferPointer? {
        var start: UnsafeRawPointer?
        var count = 0
        var offset: la_int64_t = 0
        guard try check(archive_read_data_block(handle, &start, &count, &offset)) else { return nil }
        return UnsafeRawBufferPointer(start: start, count: count)
    }

    /// - Returns: whether there is something; false at the end.
    /// - Throws: what libarchive says, in printable characters.
    @discardableResult
    private func check(_ status: Int32) throws -> Bool {
        if let failure { throw failure }
        switch status {
        case ARCHIVE_OK: return true
        case ARCHIVE_EOF: return false
        // The members are there all the same: an odd header, or a name in another encoding, which is looked at.
        case ARCHIVE_WARN: return true
        default:
            let said = archive_error_string(handle).map { Self.bytes($0).printable } ?? "it is damaged"
            throw refused("cannot be read: \(said.prefix(200))")
        }
    }

    func refused(_ reason: String, _ path: EntryPath? = nil) -> StrataError { .badWheel(name, path, reason) }

    private static func bytes(_ text: UnsafePointer<CChar>) -> [UInt8] {
        Array(UnsafeRawBufferPointer(start: text, count: strlen(text)))
    }
}
