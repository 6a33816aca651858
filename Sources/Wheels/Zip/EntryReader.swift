import CZlib
import Model

/// Reads entries' contents, through buffers of a fixed size that it keeps from one entry to the next.
///
/// Owned by one thread. Not Sendable: zlib's stream is a handle.
package final class EntryReader {
    let file: WheelFile
    let cancellation: Cancellation
    private let stream: UnsafeMutablePointer<z_stream>
    private let input = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 64)
    private let output = UnsafeMutableRawBufferPointer.allocate(byteCount: 128 << 10, alignment: 64)

    /// - Throws: `.inconsistent` if zlib cannot start, which is out of memory.
    package init(_ file: WheelFile, cancellation: Cancellation = Cancellation()) throws {
        self.file = file
        self.cancellation = cancellation
        // On the heap: zlib refuses a stream that was moved.
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        guard czlib_inflate_init_raw(stream) == Z_OK else { throw StrataError(.inconsistent, "zlib cannot start") }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
        input.deallocate()
        output.deallocate()
    }

    /// Hands the entry's contents out in parts, in order, then checks size and CRC.
    ///
    /// Never hands out more than the entry's size.
    /// - Throws: `.badWheel` if the data are damaged, longer or shorter than promised, or of another CRC; what
    ///   `body` throws.
    package func stream(_ entry: ZipEntry, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        var crc: UInt = 0
        var produced = 0
        func accept(_ part: UnsafeRawBufferPointer) throws {
            produced += part.count
            guard produced <= entry.size else { throw refused(entry, "unpacks to more than its size") }
            crc = crc32_z(crc, part.bindMemory(to: UInt8.self).baseAddress, part.count)
            try body(part)
        }
        switch entry.method {
        case .stored: try forEachInput(of: entry) { try accept($0) }
        case .deflated: try inflate(entry) { try accept($0) }
        }
        guard produced == entry.size else { throw refused(entry, "unpacks to less than its size") }
        guard crc == UInt(entry.crc32) else { throw refused(entry, "does not match the CRC in its header") }
    }

    /// The whole contents.
    /// - Throws: `.badWheel` if they are more than `cap` bytes.
    package func contents(of entry: ZipEntry, cap: Int) throws -> [UInt8] {
        guard entry.size <= cap else { throw refused(entry, "is larger than the \(cap) bytes that are read") }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(entry.size)
        try stream(entry) { bytes.append(contentsOf: $0) }
        return bytes
    }

    /// What lies in `ranges` of the contents, clamped to the entry. Inflates up to the end of the last one only, so
    /// the CRC is not checked.
    package func ranges(_ ranges: [Range<Int>], of entry: ZipEntry) throws -> [[UInt8]] {
        struct Enough: Error {}
        var parts = [[UInt8]](repeating: [], count: ranges.count)
        let last = min(ranges.map(\.upperBound).max() ?? 0, entry.size)
        guard last > 0 else { return parts }
        var start = 0
        do {
            try stream(entry) { part in
                for (index, range) in ranges.enumerated() {
                    let wanted = range.clamped(to: start..<start + part.count)
                    if !wanted.isEmpty { parts[index] += part[wanted.lowerBound - start..<wanted.upperBound - start] }
                }
                start += part.count
                if start >= last { throw Enough() }
            }
        } catch is Enough {}
        return parts
    }

    private func inflate(_ entry: ZipEntry, _ accept: (UnsafeRawBufferPointer) throws -> Void) throws {
        guard inflateReset(stream) == Z_OK else { throw StrataError(.inconsistent, "zlib cannot start again") }
        var ended = false
        try forEachInput(of: entry) { part in
            guard !ended else { throw refused(entry, "has bytes after the end of its deflate stream") }
            stream.pointee.next_in = UnsafeMutablePointer(mutating: part.bindMemory(to: UInt8.self).baseAddress)
            stream.pointee.avail_in = UInt32(part.count)
            repeat {
                stream.pointee.next_out = output.bindMemory(to: UInt8.self).baseAddress
                stream.pointee.avail_out = UInt32(output.count)
                let status = CZlib.inflate(stream, Z_NO_FLUSH)
                guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else {
                    throw refused(entry, "is damaged: its deflate stream is invalid")
                }
                let count = output.count - Int(stream.pointee.avail_out)
                if count > 0 { try accept(UnsafeRawBufferPointer(rebasing: output[..<count])) }
                ended = status == Z_STREAM_END
            } while !ended && (stream.pointee.avail_in > 0 || stream.pointee.avail_out == 0)
            guard stream.pointee.avail_in == 0 else {
                throw refused(entry, "has bytes after the end of its deflate stream")
            }
        }
        guard ended else { throw refused(entry, "is damaged: its deflate stream does not end") }
    }

    private func forEachInput(of entry: ZipEntry, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        for offset in stride(from: 0, to: entry.compressedSize, by: input.count) {
            try cancellation.check()
            let count = min(input.count, entry.compressedSize - offset)
            let part = UnsafeMutableRawBufferPointer(rebasing: input[..<count])
            try file.read(into: part, at: entry.dataOffset + offset)
            try body(UnsafeRawBufferPointer(part))
        }
    }

    private func refused(_ entry: ZipEntry, _ reason: String) -> StrataError {
        .badWheel(file.name, entry.path, reason)
    }
}
