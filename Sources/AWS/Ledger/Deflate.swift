import CZlib
import Model

/// Small texts made smaller, in zlib's own format: a record costs by its size.
enum Deflate {
    static func compress(_ bytes: [UInt8]) throws(StrataError) -> [UInt8] {
        var length = compressBound(uLong(bytes.count))
        var failure = Z_OK
        let compressed = [UInt8](unsafeUninitializedCapacity: Int(length)) { buffer, count in
            failure = compress2(buffer.baseAddress, &length, bytes, uLong(bytes.count), 6)
            count = failure == Z_OK ? Int(length) : 0
        }
        guard failure == Z_OK else { throw StrataError(.inconsistent, "a record could not be compressed (\(failure))") }
        return compressed
    }

    /// - Parameter size: of what comes out; anything else is an error.
    static func expand(_ bytes: [UInt8], size: Int) throws(StrataError) -> [UInt8] {
        guard (1...BlobLimits.memory.bytes).contains(size) else { throw damaged }
        var length = uLong(size)
        var failure = Z_OK
        let expanded = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            failure = uncompress(buffer.baseAddress, &length, bytes, uLong(bytes.count))
            count = failure == Z_OK ? Int(length) : 0
        }
        guard failure == Z_OK, expanded.count == size else { throw damaged }
        return expanded
    }

    private static var damaged: StrataError { StrataError(.inconsistent, "a compressed record is damaged") }
}
