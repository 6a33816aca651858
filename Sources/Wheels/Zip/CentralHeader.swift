import Model

/// One record of the central directory (APPNOTE 4.3.12).
struct CentralHeader {
    /// Its `dataOffset` is filled in when the local header was read.
    var entry: ZipEntry
    var name: ArraySlice<UInt8>
    var flags: UInt16
    var localOffset: Int
    /// Of this record, in bytes.
    var length: Int

    /// A data descriptor follows the entry's bytes.
    var hasDescriptor: Bool { flags & Flag.descriptor != 0 }

    enum Flag {
        static let encrypted: UInt16 = 1 << 0 | 1 << 6 | 1 << 13
        static let descriptor: UInt16 = 1 << 3
        static let patch: UInt16 = 1 << 5
        static let utf8: UInt16 = 1 << 11
        /// Those that change what an entry means.
        static let meaning = encrypted | descriptor | patch | utf8
    }

    init(in directory: [UInt8], at offset: Int, of wheel: String) throws {
        guard directory.number(UInt32.self, at: offset) == 0x0201_4B50,
            let flags = directory.number(UInt16.self, at: offset + 8),
            let method = directory.number(UInt16.self, at: offset + 10),
            let crc32 = directory.number(UInt32.self, at: offset + 16),
            let compressedSize = directory.number(UInt32.self, at: offset + 20),
            let size = directory.number(UInt32.self, at: offset + 24),
            let nameLength = directory.int(UInt16.self, at: offset + 28),
            let extraLength = directory.int(UInt16.self, at: offset + 30),
            let commentLength = directory.int(UInt16.self, at: offset + 32),
            let disk = directory.number(UInt16.self, at: offset + 34),
            let attributes = directory.number(UInt32.self, at: offset + 38),
            let localOffset = directory.number(UInt32.self, at: offset + 42),
            let name = directory.slice(at: offset + 46, count: nameLength),
            let extra = directory.slice(at: offset + 46 + nameLength, count: extraLength),
            directory.slice(at: offset + 46 + nameLength + extraLength, count: commentLength) != nil
        else { throw StrataError.badWheel(wheel, nil, "has a damaged directory") }
        let isFolder = name.last == .slash
        let path = EntryPath(bytes: isFolder ? name.dropLast() : name)
        func refused(_ reason: String) -> StrataError { .badWheel(wheel, EntryPath(bytes: name), reason) }

        if let problem = EntryPath.problem(in: path.bytes[...]) { throw refused(problem) }
        guard flags & Flag.utf8 != 0 || name.allSatisfy({ $0 < 0x80 }) else {
            throw refused("has a name that is not marked as UTF-8")
        }
        guard flags & Flag.encrypted == 0 else { throw refused("is encrypted") }
        guard let method = ZipEntry.Method(rawValue: method), flags & Flag.patch == 0 else {
            throw refused("is compressed with method \(method); only stored and deflated are understood")
        }
        guard disk == 0 else { throw refused("claims to be in another file") }
        guard let fields = ExtraFields(extra), let wide = fields.widened([size, compressedSize, localOffset]) else {
            throw refused("has bad extra fields")
        }
        // Readers look at the mode whatever system is said to have made the entry.
        let mode = attributes >> 16
        let type = mode & 0o170000
        guard type != 0o120000 else { throw refused("is a symbolic link") }
        guard type == 0 || type == (isFolder ? 0o040000 : 0o100000) else { throw refused("is not a regular file") }

        self.flags = flags
        self.name = name
        self.localOffset = wide[2]
        length = 46 + nameLength + extraLength + commentLength
        entry = ZipEntry(
            path: path, isFolder: isFolder, method: method, crc32: crc32, compressedSize: wide[1], size: wide[0],
            isExecutable: mode & 0o111 != 0, dataOffset: 0)
    }

    /// Refuses sizes that cannot be true, in a file of `limit` bytes.
    func checkSizes(of wheel: String, limit: Int) throws {
        guard entry.compressedSize <= limit else {
            throw StrataError.badWheel(wheel, entry.path, "is larger than the whole wheel")
        }
        if entry.isFolder, entry.size != 0 || entry.compressedSize != 0 && entry.method == .stored {
            throw StrataError.badWheel(wheel, entry.path, "is a folder with contents")
        }
        switch entry.method {
        case .stored where entry.size != entry.compressedSize:
            throw StrataError.badWheel(wheel, entry.path, "is stored, but has two different sizes")
        // 258 bytes for two bits is the most that deflate can do.
        case .deflated where entry.size / 1032 > entry.compressedSize:
            throw StrataError.badWheel(wheel, entry.path, "claims to unpack to more than deflate can hold")
        default: break
        }
    }

    /// Checks that `bytes`, what lies between the data and the next record, are this entry's data descriptor
    /// (APPNOTE 4.3.9): with or without signature, with sizes of 4 or 8 bytes.
    func checkDescriptor(_ bytes: [UInt8], of wheel: String) throws {
        let signed = bytes.count == 16 || bytes.count == 24
        let start = signed ? 4 : 0
        let wide = bytes.count - start == 20
        let compressedSize = wide ? bytes.int(UInt64.self, at: start + 4) : bytes.int(UInt32.self, at: start + 4)
        let size = wide ? bytes.int(UInt64.self, at: start + 12) : bytes.int(UInt32.self, at: start + 8)
        guard [12, 16, 20, 24].contains(bytes.count), !signed || bytes.number(UInt32.self, at: 0) == 0x0807_4B50,
            bytes.number(UInt32.self, at: start) == entry.crc32, compressedSize == entry.compressedSize,
            size == entry.size
        else { throw StrataError.badWheel(wheel, entry.path, "is followed by bytes that belong to no entry") }
    }
}
