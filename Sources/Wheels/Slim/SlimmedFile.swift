import CZlib
import Crypto
import Model

/// A native library without what only debuggers read, as a layer holds it.
package struct SlimmedFile {
    /// Before, between and after what is copied from the wheel.
    let head: [UInt8]
    /// Of the wheel's file.
    let copied: Range<Int>
    let tail: [UInt8]
    let size: Int
    let crc32: UInt32
    /// As RECORD writes it.
    let digest: String

    package var compressedSize: Int { head.count + copied.count + tail.count }

    /// What a layer keeps of one file in memory.
    private static let most = 2 << 20

    /// Whether a file's name is that of a library.
    static func isCandidate(_ path: EntryPath) -> Bool {
        guard let name = path.components.last else { return false }
        return name.hasSuffix(".so") || String(decoding: name, as: UTF8.self).contains(".so.")
    }

    /// - Returns: nil for a file that is left alone: no library, nothing to gain, or not understood.
    /// - Throws: `.badWheel` for a damaged one; `.cancelled`.
    package init?(_ entry: ZipEntry, _ reader: EntryReader) throws {
        guard let cut = try Self.cut(entry, reader) else { return nil }
        var scan = Scan(cut)
        switch entry.method {
        case .stored:
            try reader.stream(entry) { _ = scan.take($0) }
            head = Array(scan.start.prefix(64))
            guard head.count == 64 else { return nil }
            copied = entry.dataOffset + 64..<entry.dataOffset + cut.kept
            tail = cut.tail
        case .deflated:
            guard try reader.blocks(of: entry, { scan.take($0) }, boundary: { scan.boundary($0) }) else { return nil }
            guard let splice = try scan.splice(entry, reader, tail: cut.tail) else { return nil }
            head = splice.head
            copied = entry.dataOffset + splice.copied.lowerBound..<entry.dataOffset + splice.copied.upperBound
            tail = splice.tail
        }
        // What is stored where it was deflated can outweigh what is gone: then the zip would grow.
        guard head.count + copied.count + tail.count < entry.compressedSize else { return nil }
        size = cut.size
        (crc32, digest) = scan.finish(cut.tail)
        // What is written is read back before it is believed.
        guard try reader.unpacks(self, method: entry.method) else { return nil }
    }

    private static func cut(_ entry: ZipEntry, _ reader: EntryReader) throws -> ELFCut? {
        let top = try reader.ranges([0..<64], of: entry)[0]
        guard let places = ELFSections.Places(top, size: entry.size), places.programHeaders.count <= 1 << 16,
            places.sectionHeaders.count <= 1 << 20
        else { return nil }
        let tables = try reader.ranges([places.programHeaders, places.sectionHeaders], of: entry)
        guard tables[1].count == places.sectionHeaders.count,
            let names = ELFSections.names(places, sectionHeaders: tables[1], size: entry.size)
        else { return nil }
        let texts = try reader.ranges([names], of: entry)[0]
        guard
            let file = ELFSections(
                places, programHeaders: tables[0], sectionHeaders: tables[1], names: texts, size: entry.size),
            let staying = ELFCut.staying(file, places: places, size: entry.size),
            staying.reduce(0, { $0 + min(file.sections[$1].size, most) }) <= most
        else { return nil }
        let data = try reader.ranges(staying.map { file.sections[$0].offset..<file.sections[$0].end }, of: entry)
        return ELFCut(file, staying: staying, data: data, size: entry.size)
    }

    /// What is found while the kept part of the file passes by.
    private struct Scan {
        private let kept: Int
        private let field: [UInt8]
        private var at = 0
        private var crc: UInt = 0
        private var hasher = SHA256()
        /// Of the file as it will be: up to the first block that can be copied.
        private(set) var start: [UInt8] = []
        /// Since the last boundary.
        private var end: [UInt8] = []
        private var first: DeflateSplice.Boundary?
        private var last: DeflateSplice.Boundary?
        private var isTooLong = false

        init(_ cut: ELFCut) {
            kept = cut.kept
            field = cut.sectionHeadersField
        }

        /// - Returns: whether more is wanted.
        @discardableResult
        mutating func take(_ bytes: UnsafeRawBufferPointer) -> Bool {
            var part = Array(bytes.prefix(max(0, kept - at)))
            for place in ELFCut.sectionHeadersPlace where (at..<at + part.count).contains(place) {
                part[place - at] = field[place - ELFCut.sectionHeadersPlace.lowerBound]
            }
            guard !part.isEmpty else { return false }
            hasher.update(data: part)
            crc = part.withUnsafeBufferPointer { crc32_z(crc, $0.baseAddress, $0.count) }
            at += part.count
            if first == nil { start += part } else { end += part }
            if start.count > SlimmedFile.most || end.count > SlimmedFile.most { isTooLong = true }
            return at < kept && !isTooLong
        }

        mutating func boundary(_ boundary: DeflateSplice.Boundary) {
            guard boundary.byte <= kept else { return }
            if first == nil {
                if boundary.byte >= DeflateSplice.window + ELFCut.sectionHeadersPlace.upperBound {
                    first = boundary
                    last = boundary
                }
            } else {
                last = boundary
                end = []
            }
        }

        func splice(_ entry: ZipEntry, _ reader: EntryReader, tail: [UInt8]) throws -> DeflateSplice? {
            guard at == kept, !isTooLong else { return nil }
            guard let first, let last, first.bit < last.bit else {
                return DeflateSplice(start: start, end: end + tail, between: nil)
            }
            // Both in one byte: nothing to copy, and not worth thinking about.
            guard first.bit / 8 + 1 < last.bit / 8 else { return nil }
            let edges = try (reader.byte(first.bit / 8, of: entry), reader.byte(last.bit / 8, of: entry))
            return DeflateSplice(start: start, end: end + tail, between: (first, last, edges))
        }

        mutating func finish(_ tail: [UInt8]) -> (UInt32, String) {
            hasher.update(data: tail)
            crc = tail.withUnsafeBufferPointer { crc32_z(crc, $0.baseAddress, $0.count) }
            return (UInt32(truncatingIfNeeded: crc), RecordDigest.text(hasher.finalize()))
        }
    }
}
