import CZlib
import Model

/// Files made smaller as browsers take them. The same bytes give the same bytes: there is neither a name nor a time.
enum Gzip {
    static func compress(_ bytes: [UInt8]) throws(StrataError) -> [UInt8] {
        var stream = z_stream()
        guard czlib_deflate_init_gzip(&stream, Z_BEST_COMPRESSION) == Z_OK else { throw failed }
        defer { deflateEnd(&stream) }
        let bound = Int(deflateBound(&stream, uLong(bytes.count)))
        guard let length = uInt(exactly: bytes.count), let room = uInt(exactly: bound) else { throw failed }
        var status = Z_OK
        let compressed = [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
            bytes.withUnsafeBufferPointer { input in
                stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
                stream.avail_in = length
                stream.next_out = buffer.baseAddress
                stream.avail_out = room
                status = deflate(&stream, Z_FINISH)
            }
            count = status == Z_STREAM_END ? bound - Int(stream.avail_out) : 0
        }
        guard status == Z_STREAM_END else { throw failed }
        return compressed
    }

    /// - Parameter limit: of what comes out; more is an error.
    static func expand(_ bytes: [UInt8], limit: ByteCount) throws(StrataError) -> [UInt8] {
        var stream = z_stream()
        guard czlib_inflate_init_gzip(&stream) == Z_OK else { throw failed }
        defer { inflateEnd(&stream) }
        guard let length = uInt(exactly: bytes.count) else { throw damaged }
        var expanded: [UInt8] = []
        var status = Z_OK
        bytes.withUnsafeBufferPointer { input in
            stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
            stream.avail_in = length
            while status == Z_OK, expanded.count <= limit.bytes {
                expanded += [UInt8](unsafeUninitializedCapacity: pieceSize) { buffer, count in
                    stream.next_out = buffer.baseAddress
                    stream.avail_out = uInt(pieceSize)
                    status = inflate(&stream, Z_NO_FLUSH)
                    count = pieceSize - Int(stream.avail_out)
                }
            }
        }
        guard status == Z_STREAM_END, stream.avail_in == 0, expanded.count <= limit.bytes else { throw damaged }
        return expanded
    }

    private static let pieceSize = 1 << 16
    private static var failed: StrataError { StrataError(.inconsistent, "a file could not be compressed") }
    private static var damaged: StrataError { StrataError(.inconsistent, "a compressed file is damaged") }
}
