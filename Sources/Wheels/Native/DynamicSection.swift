import Model

/// What the loader reads of an ELF file, found as the loader finds it: through the dynamic section. Section headers may
/// be missing, or lie.
struct DynamicSection {
    /// Of its libraries' symbols (`DT_VERNEED`), by the library.
    private(set) var versions: [String: [String]] = [:]
    private(set) var needed: [String] = []
    private(set) var soname: String?
    private(set) var searchPaths: [String] = []
    private(set) var isSearchInherited = false
    private var strings: [UInt8] = []

    private enum Tag {
        static let needed = 1 as UInt64
        static let strings = 5 as UInt64
        static let stringsSize = 10 as UInt64
        static let soname = 14 as UInt64
        static let searchPath = 15 as UInt64
        static let laterSearchPath = 29 as UInt64
        static let versions = 0x6FFF_FFFE as UInt64
        static let versionCount = 0x6FFF_FFFF as UInt64
    }

    /// - Returns: nil if the file is damaged.
    static func read(
        _ header: ELFHeader, _ table: Range<Int>, _ entry: ZipEntry, _ reader: EntryReader
    ) throws -> DynamicSection? {
        let segments = ELFSegments(try reader.ranges([table], of: entry)[0], size: header.programHeaderSize)
        var section = DynamicSection()
        // Linked without libraries: nothing is needed.
        guard let range = segments.dynamic else { return section }
        let tags = Self.tags(try reader.ranges([range], of: entry)[0])
        func first(_ tag: UInt64) -> UInt64? { tags.first { $0.tag == tag }?.value }
        let versionsAt = first(Tag.versions)
        guard let stringsAt = first(Tag.strings).flatMap(segments.offset), let size = first(Tag.stringsSize),
            size <= 64 << 20, stringsAt < entry.size
        else { return versionsAt == nil ? section : nil }
        var ranges = [stringsAt..<stringsAt + Int(size)]
        if let versionsAt {
            guard let offset = segments.offset(of: versionsAt), offset < entry.size else { return nil }
            ranges.append(offset..<offset + (64 << 10))
        }
        let parts = try reader.ranges(ranges, of: entry)
        section.strings = parts[0]
        section.needed = tags.filter { $0.tag == Tag.needed }.compactMap { section.string(at: $0.value) }
        section.soname = first(Tag.soname).flatMap { section.string(at: $0) }
        let later = first(Tag.laterSearchPath)
        // Where there are both, the older one counts for nothing.
        if let path = (later ?? first(Tag.searchPath)).flatMap({ section.string(at: $0) }) {
            section.searchPaths = path.split(separator: ":").map(String.init)
            section.isSearchInherited = later == nil
        }
        if versionsAt != nil {
            guard let count = first(Tag.versionCount), count <= 1000,
                let names = Self.names(needed: parts[1], count: Int(count), strings: parts[0])
            else { return nil }
            section.versions = names
        }
        return section
    }

    /// Whether the table of names has this one: that of a symbol, for instance.
    func holds(string: [UInt8]) -> Bool { strings.firstRange(of: [0] + string + [0]) != nil }

    /// Without what a terminal must not see; nil if it leads outside.
    private func string(at offset: UInt64) -> String? {
        guard let start = Int(exactly: offset), start < strings.count else { return nil }
        return strings[start...].prefix { $0 != 0 }.printable
    }

    /// `d_tag` and `d_un`, up to the end mark.
    private static func tags(_ bytes: [UInt8]) -> [(tag: UInt64, value: UInt64)] {
        var tags: [(tag: UInt64, value: UInt64)] = []
        for start in stride(from: 0, to: bytes.count, by: 16) {
            guard let tag = bytes.number(UInt64.self, at: start), tag != 0,
                let value = bytes.number(UInt64.self, at: start + 8)
            else { break }
            tags.append((tag, value))
        }
        return tags
    }

    /// Walks the chain of `Elf64_Verneed`, and of each the chain of `Elf64_Vernaux`. Links only lead forward, so both
    /// end.
    private static func names(needed: [UInt8], count: Int, strings: [UInt8]) -> [String: [String]]? {
        var names: [String: [String]] = [:]
        var offset = 0
        // Entries may lead to each other's.
        var left = 10_000
        for _ in 0..<count {
            guard let auxiliaries = needed.int(UInt16.self, at: offset + 2),
                let file = needed.int(UInt32.self, at: offset + 4), file < strings.count,
                let first = needed.int(UInt32.self, at: offset + 8),
                let next = needed.int(UInt32.self, at: offset + 12)
            else { return nil }
            let library = strings[file...].prefix(256).prefix { $0 != 0 }.printable
            var auxiliary = offset + first
            for _ in 0..<auxiliaries {
                left -= 1
                guard left >= 0 else { return nil }
                guard let flags = needed.number(UInt16.self, at: auxiliary + 4),
                    let name = needed.int(UInt32.self, at: auxiliary + 8),
                    let following = needed.int(UInt32.self, at: auxiliary + 12), name < strings.count
                else { return nil }
                // Weak: the loader does without it.
                if flags & 2 == 0 {
                    names[library, default: []].append(strings[name...].prefix(256).prefix { $0 != 0 }.printable)
                }
                if following == 0 { break }
                auxiliary += following
            }
            if next == 0 { break }
            offset += next
        }
        return names
    }
}
