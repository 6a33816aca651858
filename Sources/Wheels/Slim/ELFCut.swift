/// What is left of a native library without what only debuggers read: the part that the loader looks at as it is, to the
/// byte, and behind it what is kept of the rest.
///
/// Segments stay where they are, and so do sections in or before them: files that patchelf changed break otherwise. The
/// numbers of sections stay, too, since symbols refer to them; a header of what is gone is empty (`SHT_NULL`). What is not
/// understood stays as it is.
struct ELFCut {
    /// So much of the file stays; only the place of the section headers is another (`e_shoff`, bytes 40 to 48).
    let kept: Int
    /// Where the section headers are.
    let sectionHeaders: Int
    /// What follows the kept part.
    let tail: [UInt8]

    var size: Int { kept + tail.count }

    /// Smaller gains are not worth a file of our own.
    private static let leastGain = 4096
    /// What is kept of the rest is some hundred bytes: comments, names, headers.
    private static let longestTail = 1 << 20

    /// The sections behind the loaded part that stay; nil if the file is to be left alone.
    ///
    /// - Returns: their indices, in the order of the file.
    static func staying(_ file: ELFSections, places: ELFSections.Places, size: Int) -> [Int]? {
        let end = file.loadedEnd
        guard places.sectionHeaders.lowerBound >= end else { return nil }
        var behind: [Int] = []
        for (index, section) in file.sections.enumerated() where section.hasData {
            if section.end <= end { continue }
            guard section.offset >= end, !section.isLoaded else { return nil }
            behind.append(index)
        }
        guard
            isAll(
                of: behind.map { file.sections[$0].offset..<file.sections[$0].end } + [places.sectionHeaders],
                from: end, to: size)
        else { return nil }
        var gone = Set(behind.filter { isForDebuggers(file.sections[$0]) })
        // A table of symbols goes with its names, and stays if another section needs it.
        for index in behind where file.sections[index].type == 2 || file.sections[index].type == 18 {
            gone.insert(index)
        }
        for index in behind where file.sections[index].type == 3 && index != places.namesIndex {
            let users = file.sections.indices.filter { file.sections[$0].type != 0 && file.sections[$0].link == index }
            if !users.isEmpty, users.allSatisfy(gone.contains) { gone.insert(index) }
        }
        var isSettled = false
        while !isSettled {
            isSettled = true
            for (index, section) in file.sections.enumerated() where section.type != 0 && !gone.contains(index) {
                let refersByInfo = section.type == 4 || section.type == 9 || section.flags & 0x40 != 0
                for needed in [section.link, refersByInfo ? section.info : 0] where gone.remove(needed) != nil {
                    isSettled = false
                }
            }
        }
        guard !gone.isEmpty else { return nil }
        return behind.filter { !gone.contains($0) }.sorted { file.sections[$0].offset < file.sections[$1].offset }
    }

    private static func isForDebuggers(_ section: ELFSections.Section) -> Bool {
        [
            ".debug_", ".zdebug_", ".rela.debug_", ".rel.debug_", ".stab", ".gdb_index", ".gnu_debugdata",
            ".gnu.debuglto_",
        ]
        .contains { section.name.hasPrefix($0) }
    }

    /// Whether ranges cover a part of the file but for gaps of alignment: something else behind the sections belongs to
    /// a program that reads its own file.
    private static func isAll(of ranges: [Range<Int>], from start: Int, to end: Int) -> Bool {
        var at = start
        for range in ranges.sorted(by: { ($0.lowerBound, $0.upperBound) < ($1.lowerBound, $1.upperBound) }) {
            guard range.lowerBound >= at, range.lowerBound - at <= (at == start ? 4096 : 64) else { return false }
            at = range.upperBound
        }
        return end - at <= 64
    }

    /// - Parameters:
    ///   - staying: as found by `staying`.
    ///   - data: their bytes.
    /// - Returns: nil if it is not worth it.
    init?(_ file: ELFSections, staying: [Int], data: [[UInt8]], size: Int) {
        var tail: [UInt8] = []
        var headers = file.sections.map(\.header)
        func pad(to alignment: Int) -> Bool {
            guard alignment <= 4096 else { return false }
            while (file.loadedEnd + tail.count) % max(1, alignment) != 0 { tail.append(0) }
            return true
        }
        for (index, bytes) in zip(staying, data) {
            guard bytes.count == file.sections[index].size, tail.count + bytes.count <= Self.longestTail,
                pad(to: file.sections[index].alignment)
            else { return nil }
            let place = UInt64(file.loadedEnd + tail.count)
            withUnsafeBytes(of: place.littleEndian) { headers[index].replaceSubrange(24..<32, with: $0) }
            tail += bytes
        }
        for (index, section) in file.sections.enumerated()
        where section.hasData && section.offset >= file.loadedEnd && !staying.contains(index) {
            headers[index] = [UInt8](repeating: 0, count: 64)
        }
        guard pad(to: 8) else { return nil }
        kept = file.loadedEnd
        sectionHeaders = file.loadedEnd + tail.count
        self.tail = tail + headers.joined()
        guard self.tail.count <= Self.longestTail, kept + self.tail.count + Self.leastGain <= size else { return nil }
    }

    /// The place of the section headers, as the file's header has it.
    var sectionHeadersField: [UInt8] { withUnsafeBytes(of: UInt64(sectionHeaders).littleEndian) { Array($0) } }
    static let sectionHeadersPlace = 40..<48
}
