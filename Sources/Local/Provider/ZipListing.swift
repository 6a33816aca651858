import Files
import Glibc
import Model

/// How much a zip says it holds, from its central directory: what Lambda's limit is about.
///
/// Zips from Strata's own builds were verified when they were made; this reads just enough to stand in for Lambda.
/// https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.3.12 to 4.3.16 and 4.5.3
enum ZipListing {
    /// - Throws: `invalidRequest` if it is no zip, or an empty one.
    static func unzippedSize(of file: borrowing OpenFile) throws(StrataError) -> ByteCount {
        let size = try file.status().size
        // The end record is 22 bytes and a comment of at most 65,535.
        let tail = Fields(try file.read(min(size, 65_557), at: max(0, size - 65_557)))
        guard let end = stride(from: tail.count - 22, through: 0, by: -1).first(where: { tail[$0, 4] == 0x0605_4b50 })
        else { throw malformed("it has no end record") }
        var entries = tail[end + 10, 2]
        var length = tail[end + 12, 4]
        var start = tail[end + 16, 4]
        if entries == 0xffff || length == 0xffff_ffff || start == 0xffff_ffff {
            guard tail[end - 20, 4] == 0x0706_4b50 else { throw malformed("its zip64 locator is missing") }
            let record = Fields(try file.read(56, at: try offset(tail[end - 12, 8], 56, in: size)))
            guard record[0, 4] == 0x0606_4b50 else { throw malformed("its zip64 end record is missing") }
            (entries, length, start) = (record[32, 8], record[40, 8], record[48, 8])
        }
        guard entries > 0 else { throw malformed("it is empty") }
        guard length >= 0 else { throw malformed("its directory has no length") }
        guard length <= 64 << 20 else { throw malformed("its directory is larger than 64 MiB") }
        return try total(Fields(try file.read(length, at: try offset(start, length, in: size))), entries)
    }

    private static func total(_ directory: Fields, _ entries: Int) throws(StrataError) -> ByteCount {
        var total = 0
        var place = 0
        for _ in 0..<entries {
            guard directory[place, 4] == 0x0201_4b50 else { throw malformed("its directory ends early") }
            let names = (directory[place + 28, 2], directory[place + 30, 2], directory[place + 32, 2])
            var size = directory[place + 24, 4]
            if size == 0xffff_ffff {
                size = try largeSize(directory, place + 46 + names.0, names.1)
            }
            let (sum, overflow) = total.addingReportingOverflow(size)
            guard size >= 0, !overflow else { throw malformed("its sizes are absurd") }
            total = sum
            place += 46 + names.0 + names.1 + names.2
        }
        return ByteCount(total)
    }

    /// The uncompressed size in a zip64 extra field, where it comes first.
    private static func largeSize(_ directory: Fields, _ start: Int, _ length: Int) throws(StrataError) -> Int {
        var place = start
        while place + 4 <= start + length {
            if directory[place, 2] == 1 { return directory[place + 4, 8] }
            place += 4 + directory[place + 2, 2]
        }
        throw malformed("a zip64 size is missing")
    }

    private static func offset(_ start: Int, _ length: Int, in size: Int) throws(StrataError) -> Int {
        guard start >= 0, start <= size, length <= size - start else { throw malformed("its directory lies outside") }
        return start
    }

    private static func malformed(_ why: String) -> StrataError {
        StrataError(.invalidRequest, "the layer is not a zip that Lambda can read: \(why)")
    }

    /// Little-endian numbers at offsets; -1 where the bytes end, which no signature, count or size is.
    private struct Fields {
        private let bytes: [UInt8]
        var count: Int { bytes.count }

        init(_ bytes: [UInt8]) { self.bytes = bytes }

        subscript(offset: Int, width: Int) -> Int {
            guard offset >= 0, offset + width <= bytes.count else { return -1 }
            let value = bytes[offset..<offset + width].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            return Int(exactly: value) ?? -1
        }
    }
}
