/// The section headers of a 64-bit little-endian ELF file, which debuggers read and the loader does not.
///
/// A stranger wrote them: nothing is taken for granted, and what is odd is not understood.
struct ELFSections {
    struct Section {
        let name: String
        let type: UInt32
        let flags: UInt64
        let offset: Int
        let size: Int
        let link: Int
        let info: Int
        let alignment: Int
        /// As written.
        let header: [UInt8]

        /// Whether it takes room in the file.
        var hasData: Bool { type != 0 && type != 8 && size > 0 }
        var isLoaded: Bool { flags & 2 != 0 }
        var end: Int { offset + size }
    }

    /// The first is the empty one.
    private(set) var sections: [Section] = []
    /// Where the loaded parts of the file end, headers included: what comes later the loader does not look at.
    let loadedEnd: Int

    /// Where the tables lie; nil for a file that is not understood.
    struct Places {
        let programHeaders: Range<Int>
        let sectionHeaders: Range<Int>
        let namesIndex: Int

        /// - Parameters:
        ///   - head: the file's first 64 bytes.
        ///   - size: the file's.
        init?(_ head: [UInt8], size: Int) {
            guard let header = ELFHeader(head), let programs = header.programHeaders, !programs.isEmpty,
                let type = head.number(UInt16.self, at: 16), type == 2 || type == 3,
                head.number(UInt16.self, at: 52) == 64, head.number(UInt16.self, at: 58) == 64,
                let start = head.int(UInt64.self, at: 40), let count = head.int(UInt16.self, at: 60),
                let names = head.int(UInt16.self, at: 62), (2..<0xFF00).contains(count), (1..<count).contains(names),
                start >= 64, start <= size, count * 64 <= size - start, programs.lowerBound >= 64,
                programs.upperBound <= size
            else { return nil }
            programHeaders = programs
            sectionHeaders = start..<start + count * 64
            namesIndex = names
        }
    }

    /// Where the names of the sections lie.
    static func names(_ places: Places, sectionHeaders: [UInt8], size: Int) -> Range<Int>? {
        let at = places.namesIndex * 64
        guard let offset = sectionHeaders.int(UInt64.self, at: at + 24),
            let length = sectionHeaders.int(UInt64.self, at: at + 32), offset <= size, length <= size - offset,
            length <= 1 << 20
        else { return nil }
        return offset..<offset + length
    }

    init?(_ places: Places, programHeaders: [UInt8], sectionHeaders: [UInt8], names: [UInt8], size: Int) {
        var end = places.programHeaders.upperBound
        for start in stride(from: 0, to: programHeaders.count, by: 56) {
            guard let offset = programHeaders.int(UInt64.self, at: start + 8),
                let length = programHeaders.int(UInt64.self, at: start + 32), offset <= size, length <= size - offset
            else { return nil }
            if length > 0 { end = max(end, offset + length) }
        }
        loadedEnd = end
        for start in stride(from: 0, to: sectionHeaders.count, by: 64) {
            guard let name = sectionHeaders.int(UInt32.self, at: start), name <= names.count,
                let type = sectionHeaders.number(UInt32.self, at: start + 4),
                let flags = sectionHeaders.number(UInt64.self, at: start + 8),
                let offset = sectionHeaders.int(UInt64.self, at: start + 24),
                let length = sectionHeaders.int(UInt64.self, at: start + 32),
                let link = sectionHeaders.int(UInt32.self, at: start + 40),
                let info = sectionHeaders.int(UInt32.self, at: start + 44),
                let alignment = sectionHeaders.int(UInt64.self, at: start + 48)
            else { return nil }
            let section = Section(
                name: String(decoding: names[name...].prefix(64).prefix { $0 != 0 }, as: UTF8.self), type: type,
                flags: flags, offset: offset, size: length, link: link, info: info, alignment: alignment,
                header: Array(sectionHeaders[start..<start + 64]))
            if section.hasData { guard offset <= size, length <= size - offset else { return nil } }
            sections.append(section)
        }
    }
}
