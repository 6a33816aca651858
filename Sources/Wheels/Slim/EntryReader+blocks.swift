import CZlib
import Model

/// What slimming reads of entries.
extension EntryReader {
    /// Hands a deflated entry's contents out, and the boundaries of its blocks between them, until `body` has enough.
    /// - Returns: false if the stream ends before, or is damaged.
    func blocks(
        of entry: ZipEntry, _ body: (UnsafeRawBufferPointer) throws -> Bool,
        boundary: (DeflateSplice.Boundary) throws -> Void
    ) throws -> Bool {
        let inflater = try Inflater()
        var consumed = 0
        while consumed < entry.compressedSize, !inflater.isFinished {
            try cancellation.check()
            let input = try bytes(consumed..<min(consumed + (64 << 10), entry.compressedSize), of: entry)
            consumed += input.count
            do {
                let wantsMore = try inflater.take(input, flush: Z_BLOCK) { part, isBoundary, bit, byte in
                    if !part.isEmpty, try !body(part) { return false }
                    if isBoundary { try boundary(.init(bit: bit, byte: byte)) }
                    return true
                }
                if !wantsMore { return true }
            } catch is Inflater.Damaged {
                return false
            }
        }
        return false
    }

    /// Whether a file that is to be written unpacks to what its header will say.
    func unpacks(_ file: SlimmedFile, method: ZipEntry.Method) throws -> Bool {
        var crc: UInt = 0
        var count = 0
        let inflater = try Inflater()
        func take(_ input: [UInt8]) throws {
            guard method == .deflated else {
                guard !input.isEmpty else { return }
                crc = input.withUnsafeBufferPointer { crc32_z(crc, $0.baseAddress, $0.count) }
                return count += input.count
            }
            _ = try inflater.take(input, flush: Z_NO_FLUSH) { part, _, _, _ in
                if !part.isEmpty { crc = crc32_z(crc, part.bindMemory(to: UInt8.self).baseAddress, part.count) }
                count += part.count
                return count <= file.size
            }
        }
        do {
            try take(file.head)
            for start in stride(from: file.copied.lowerBound, to: file.copied.upperBound, by: 64 << 10) {
                try cancellation.check()
                try take(self.file.read(at: start, count: min(64 << 10, file.copied.upperBound - start)))
            }
            try take(file.tail)
        } catch is Inflater.Damaged {
            return false
        }
        return count == file.size && UInt32(truncatingIfNeeded: crc) == file.crc32
            && (method == .stored || inflater.isFinished)
    }

    func byte(_ index: Int, of entry: ZipEntry) throws -> UInt8 {
        try bytes(index..<min(index + 1, entry.compressedSize), of: entry).first ?? 0
    }

    private func bytes(_ range: Range<Int>, of entry: ZipEntry) throws -> [UInt8] {
        try file.read(at: entry.dataOffset + range.lowerBound, count: range.count)
    }
}

/// A raw deflate stream on its way, with its blocks' boundaries.
///
/// Owned by one thread.
private final class Inflater {
    struct Damaged: Error {}

    private let stream: UnsafeMutablePointer<z_stream>
    private var output = [UInt8](repeating: 0, count: 64 << 10)
    private(set) var isFinished = false
    private var fed = 0
    private var produced = 0

    init() throws {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        guard czlib_inflate_init_raw(stream) == Z_OK else { throw StrataError(.inconsistent, "zlib cannot start") }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// - Parameter body: gets what was unpacked, whether a block has ended there, and where: the bit of the stream, the byte
    ///   of the contents. False ends it.
    /// - Returns: false if `body` has ended it.
    func take(
        _ input: [UInt8], flush: Int32, _ body: (UnsafeRawBufferPointer, Bool, Int, Int) throws -> Bool
    ) throws -> Bool {
        var input = input
        fed += input.count
        return try input.withUnsafeMutableBufferPointer { input in
            stream.pointee.next_in = input.baseAddress
            stream.pointee.avail_in = UInt32(input.count)
            while !isFinished {
                let (status, count) = output.withUnsafeMutableBufferPointer { output in
                    stream.pointee.next_out = output.baseAddress
                    stream.pointee.avail_out = UInt32(output.count)
                    let status = CZlib.inflate(stream, flush)
                    return (status, output.count - Int(stream.pointee.avail_out))
                }
                guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else { throw Damaged() }
                isFinished = status == Z_STREAM_END
                produced += count
                let state = stream.pointee.data_type
                let bit = (fed - Int(stream.pointee.avail_in)) * 8 - Int(state & 7)
                let isBoundary = flush == Z_BLOCK && state & 128 != 0
                let goesOn = try output.withUnsafeBytes {
                    try body(UnsafeRawBufferPointer(rebasing: $0[..<count]), isBoundary, bit, produced)
                }
                if !goesOn { return false }
                if status == Z_BUF_ERROR || count == 0 && stream.pointee.avail_in == 0 { break }
            }
            // Something after the end.
            if isFinished, stream.pointee.avail_in > 0 { throw Damaged() }
            return true
        }
    }
}
