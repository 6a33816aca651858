import CZlib
import Model

/// The beginning of a file that is deflated, with another ending and a few other bytes at its start, made of the blocks that
/// are there: nothing is deflated, since two versions of zlib do not deflate alike.
///
/// The first block, in which bytes change, and what is left of the last one are stored; the blocks between are copied bit by
/// bit. RFC 1951.
struct DeflateSplice {
    /// Before the copied part.
    let head: [UInt8]
    /// Of the deflated stream.
    let copied: Range<Int>
    /// After it.
    let tail: [UInt8]

    var size: Int { head.count + copied.count + tail.count }

    /// Where blocks begin: the bit in the stream, and the byte of the file.
    struct Boundary {
        let bit: Int
        let byte: Int
    }

    /// So far back a later block may refer: the changed bytes lie before.
    static let window = 32_768

    /// - Parameters:
    ///   - first: the first boundary that the copied part may begin at, `start` the file's bytes before it.
    ///   - last: where it ends, `end` the file's bytes from there on; nil if all is stored.
    ///   - edges: the compressed bytes in which the two boundaries lie.
    init(start: [UInt8], end: [UInt8], between: (first: Boundary, last: Boundary, edges: (UInt8, UInt8))?) {
        var writer = BitWriter()
        guard let (first, last, edges) = between, first.bit < last.bit else {
            writer.store(start + end, isLast: true)
            head = writer.bytes
            copied = 0..<0
            tail = []
            return
        }
        writer.store(start, isLast: false)
        writer.align(to: first.bit % 8)
        // The byte in which the copied part begins has our bits below, and its own above.
        var from = first.bit / 8
        if first.bit % 8 != 0 {
            writer.merge(edges.0)
            from += 1
        }
        head = writer.bytes
        var rest = BitWriter()
        if last.bit % 8 != 0 { rest.begin(with: edges.1, bits: last.bit % 8) }
        rest.store(end, isLast: true)
        copied = from..<max(from, last.bit / 8)
        tail = rest.bytes
    }
}

/// Writes a deflate stream's bits, the lowest first.
struct BitWriter {
    private(set) var bytes: [UInt8] = []
    /// Bits of the last byte that are written; 0 if it is whole.
    private var filled = 0

    mutating func put(_ value: Int, bits: Int) {
        for index in 0..<bits {
            if filled == 0 { bytes.append(0) }
            if value >> index & 1 == 1 { bytes[bytes.count - 1] |= 1 << filled }
            filled = (filled + 1) % 8
        }
    }

    /// Blocks that hold the bytes as they are.
    mutating func store(_ content: [UInt8], isLast: Bool) {
        var at = 0
        repeat {
            let count = min(65_535, content.count - at)
            put(isLast && at + count == content.count ? 1 : 0, bits: 1)
            put(0, bits: 2)
            filled = 0
            bytes += [UInt8(count & 0xFF), UInt8(count >> 8), UInt8(~count & 0xFF), UInt8(~count >> 8 & 0xFF)]
            bytes += content[at..<at + count]
            at += count
        } while at < content.count
    }

    /// Empty blocks, until so many bits of a byte are written.
    mutating func align(to bits: Int) {
        guard filled == 0 else { return }
        if bits % 2 == 1 { putEmptyDynamicBlock() }
        // Each is ten bits long.
        while filled != bits { put(0b010, bits: 3); put(0, bits: 7) }
    }

    /// 95 bits. The codes are complete, so that every reader takes them: 255 and the end of the block, two distances.
    private mutating func putEmptyDynamicBlock() {
        put(0b100, bits: 3)
        put(0, bits: 5)
        put(1, bits: 5)
        put(19 - 4, bits: 4)
        // Lengths of the codes for 18 and 1, in the order that the format has.
        for symbol in [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15] {
            put(symbol == 18 || symbol == 1 ? 1 : 0, bits: 3)
        }
        // 255 codes of no length; 1 comes before 18.
        put(1, bits: 1)
        put(138 - 11, bits: 7)
        put(1, bits: 1)
        put(117 - 11, bits: 7)
        for _ in 0..<4 { put(0, bits: 1) }
        // The end of the block is the second of the two codes.
        put(1, bits: 1)
    }

    /// Fills the last byte with the upper bits of another one.
    mutating func merge(_ byte: UInt8) {
        guard filled > 0, let last = bytes.last else { return }
        bytes[bytes.count - 1] = last & (1 << filled - 1) | byte & ~(1 << filled - 1)
        filled = 0
    }

    /// Begins with the lower bits of a byte.
    mutating func begin(with byte: UInt8, bits: Int) {
        bytes.append(byte & (1 << bits - 1))
        filled = bits
    }
}
