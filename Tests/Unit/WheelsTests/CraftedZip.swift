import Wheels

/// A zip writer that can lie about everything: each field of each record may be set to what the test wants.
struct CraftedEntry {
    var name: [UInt8]
    /// As they lie in the file.
    var data: [UInt8]
    var method: UInt16 = 0
    var flags: UInt16 = 0
    var crc32: UInt32
    var compressedSize: UInt32
    var size: UInt32
    var mode: UInt32 = 0o100644
    var extra: [UInt8] = []
    var comment: [UInt8] = []
    var localName: [UInt8]?
    var localMethod: UInt16?
    var localFlags: UInt16?
    var localCRC: UInt32?
    var localCompressedSize: UInt32?
    var localSize: UInt32?
    var localExtra: [UInt8] = []
    /// Between the data and the next record: data descriptors, or what should not be there.
    var trailer: [UInt8] = []
    /// The offset that the directory gives, relative to the true one.
    var offsetError = 0

    init(_ name: String, _ contents: [UInt8], deflated: Bool = false) {
        self.name = Array(name.utf8)
        data = deflated ? contents.deflatedAsStored : contents
        method = deflated ? 8 : 0
        crc32 = contents.crc32
        compressedSize = UInt32(data.count)
        size = UInt32(contents.count)
    }

    init(_ name: String, _ contents: String, deflated: Bool = false) {
        self.init(name, Array(contents.utf8), deflated: deflated)
    }
}

struct CraftedZip {
    var entries: [CraftedEntry] = []
    var prefix: [UInt8] = []
    var beforeDirectory: [UInt8] = []
    var afterDirectory: [UInt8] = []
    var comment: [UInt8] = []
    var suffix: [UInt8] = []
    /// Added to what the end record says.
    var countError = 0
    var directorySizeError = 0
    /// Written with zip64's records at the end, and all ones in the plain one.
    var hasZip64End = false

    var bytes: [UInt8] {
        var bytes = prefix
        var offsets: [Int] = []
        for entry in entries {
            offsets.append(bytes.count)
            bytes += entry.localRecord
        }
        bytes += beforeDirectory
        let directory = bytes.count
        for (entry, offset) in zip(entries, offsets) {
            bytes += entry.centralRecord(offset: offset + entry.offsetError)
        }
        let size = bytes.count - directory + directorySizeError
        let count = entries.count + countError
        bytes += afterDirectory
        if hasZip64End {
            let record = bytes.count
            bytes += join(0x0606_4B50.le32, 44.le64, 45.le16, 45.le16, 0.le32, 0.le32)
            bytes += join(count.le64, count.le64, size.le64, directory.le64)
            bytes += join(0x0706_4B50.le32, 0.le32, record.le64, 1.le32)
            bytes += join(0x0605_4B50.le32, 0.le32, 0xFFFF.le16, 0xFFFF.le16, 0xFFFF_FFFF.le32, 0xFFFF_FFFF.le32)
        } else {
            bytes += join(0x0605_4B50.le32, 0.le32, count.le16, count.le16, size.le32, directory.le32)
        }
        return join(bytes, comment.count.le16, comment, suffix)
    }
}

extension CraftedEntry {
    fileprivate var localRecord: [UInt8] {
        let name = localName ?? name
        return join(
            0x0403_4B50.le32, 20.le16, Int(localFlags ?? flags).le16, Int(localMethod ?? method).le16, 0.le32,
            Int(localCRC ?? crc32).le32, Int(localCompressedSize ?? compressedSize).le32, Int(localSize ?? size).le32,
            name.count.le16, localExtra.count.le16, name, localExtra, data, trailer)
    }

    fileprivate func centralRecord(offset: Int) -> [UInt8] {
        join(
            0x0201_4B50.le32, (3 << 8 | 20).le16, 20.le16, Int(flags).le16, Int(method).le16, 0.le32, Int(crc32).le32,
            Int(compressedSize).le32, Int(size).le32, name.count.le16, extra.count.le16, comment.count.le16, 0.le32,
            Int(mode << 16).le32, offset.le32, name, extra, comment)
    }
}

func join(_ parts: [UInt8]...) -> [UInt8] { Array(parts.joined()) }

extension Int {
    var le16: [UInt8] { littleEndianBytes(2) }
    var le32: [UInt8] { littleEndianBytes(4) }
    var le64: [UInt8] { littleEndianBytes(8) }

    private func littleEndianBytes(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: self >> ($0 * 8)) }
    }
}

extension [UInt8] {
    /// A deflate stream of blocks that are not compressed.
    var deflatedAsStored: [UInt8] {
        var stream: [UInt8] = []
        var rest = self[...]
        repeat {
            let block = rest.prefix(0xFFFF)
            rest = rest.dropFirst(block.count)
            stream += [rest.isEmpty ? 1 : 0] + block.count.le16 + (~block.count).le16 + block
        } while !rest.isEmpty
        return stream
    }

    /// By a table of its own, independent of the library under test.
    var crc32: UInt32 {
        withUnsafeBufferPointer { bytes in
            var crc = UInt32.max
            for byte in bytes { crc = crc >> 8 ^ crcTable[Int(UInt8(truncatingIfNeeded: crc) ^ byte)] }
            return ~crc
        }
    }
}

private let crcTable: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
}
