import Model

/// A file of machine code in a wheel: a library or a program.
public struct NativeLibrary: Sendable, Hashable, Codable {
    /// In the wheel.
    public var path: String
    /// ELF's `e_machine`.
    public var machine: UInt16
    /// The newest version of the GNU C library that it asks for; nil if it asks for none.
    public var glibc: LibraryVersion?

    /// The machine's name in platform tags, or its number if it has none here.
    public var machineName: String {
        switch machine {
        case 62: "x86_64"
        case 183: "aarch64"
        case 3: "i686"
        case 40: "armv7l"
        default: "machine \(machine)"
        }
    }

    /// Looks at an entry.
    /// - Returns: nil if it is no ELF file.
    /// - Throws: `.badWheel` if its dynamic section is damaged.
    package static func inspect(_ entry: ZipEntry, head: [UInt8], reader: EntryReader, wheel: String) throws
        -> NativeLibrary?
    {
        guard let header = ELFHeader(head) else { return nil }
        var library = NativeLibrary(path: entry.path.text, machine: header.machine)
        guard let table = header.programHeaders else { return library }
        guard let versions = try NeededVersions.read(header, table, entry, reader) else {
            throw StrataError.badWheel(wheel, entry.path, "is damaged: its dynamic section cannot be read")
        }
        library.glibc = versions.compactMap(glibcVersion).max()
        return library
    }

    /// Of `GLIBC_2.17`: 2.17. `GLIBC_ABI_DT_RELR` marks relocations that 2.36 brought; `GLIBC_PRIVATE` says nothing.
    private static func glibcVersion(_ name: String) -> LibraryVersion? {
        if name == "GLIBC_ABI_DT_RELR" { return LibraryVersion(2, 36) }
        guard name.hasPrefix("GLIBC_") else { return nil }
        let numbers = name.dropFirst(6).split(separator: ".").map { Int($0) }
        guard numbers.count >= 2, let major = numbers[0], let minor = numbers[1] else { return nil }
        return LibraryVersion(major, minor)
    }
}

/// The symbol versions that an ELF file needs of its libraries (`DT_VERNEED`), found as the loader finds them: through
/// the dynamic section. Section headers may be missing, or lie.
private enum NeededVersions {
    /// - Returns: nil if the file is damaged.
    static func read(
        _ header: ELFHeader, _ table: Range<Int>, _ entry: ZipEntry, _ reader: EntryReader
    ) throws -> [String]? {
        let segments = ELFSegments(try reader.ranges([table], of: entry)[0], size: header.programHeaderSize)
        // Linked without libraries: nothing is needed.
        guard let range = segments.dynamic else { return [] }
        let dynamic = try reader.ranges([range], of: entry)[0]
        let tags = dynamicTags(dynamic)
        guard let needed = tags[0x6FFF_FFFE] else { return [] }
        guard let count = tags[0x6FFF_FFFF], let strings = tags[5], let size = tags[10], count <= 1000,
            size <= 16 << 20, let neededOffset = segments.offset(of: needed),
            let stringsOffset = segments.offset(of: strings), neededOffset < entry.size, stringsOffset < entry.size
        else { return nil }
        let parts = try reader.ranges(
            [neededOffset..<neededOffset + (64 << 10), stringsOffset..<stringsOffset + Int(size)], of: entry)
        return names(needed: parts[0], count: Int(count), strings: parts[1])
    }

    /// `d_tag` to `d_un`, up to the end mark.
    private static func dynamicTags(_ bytes: [UInt8]) -> [UInt64: UInt64] {
        var tags: [UInt64: UInt64] = [:]
        for start in stride(from: 0, to: bytes.count, by: 16) {
            guard let tag = bytes.number(UInt64.self, at: start), tag != 0,
                let value = bytes.number(UInt64.self, at: start + 8)
            else { break }
            tags[tag] = value
        }
        return tags
    }

    /// Walks the chain of `Elf64_Verneed`, and of each the chain of `Elf64_Vernaux`. Links only lead forward, so both
    /// end.
    private static func names(needed: [UInt8], count: Int, strings: [UInt8]) -> [String]? {
        var names: [String] = []
        var offset = 0
        for _ in 0..<count {
            guard let auxiliaries = needed.int(UInt16.self, at: offset + 2),
                let first = needed.int(UInt32.self, at: offset + 8),
                let next = needed.int(UInt32.self, at: offset + 12)
            else { return nil }
            var auxiliary = offset + first
            for _ in 0..<auxiliaries {
                guard let flags = needed.number(UInt16.self, at: auxiliary + 4),
                    let name = needed.int(UInt32.self, at: auxiliary + 8),
                    let following = needed.int(UInt32.self, at: auxiliary + 12), name < strings.count
                else { return nil }
                // Weak: the loader does without it.
                if flags & 2 == 0 { names.append(String(decoding: strings[name...].prefix { $0 != 0 }, as: UTF8.self)) }
                if following == 0 { break }
                auxiliary += following
            }
            if next == 0 { break }
            offset += next
        }
        return names
    }
}
