import Model

/// Writes a planned layer as a zip (APPNOTE 6.3.10): no zip64, no extra fields, no data descriptors, no comments.
///
/// Owned by one thread, like the file it writes to.
struct LayerWriter {
    let plan: LayerPlan
    /// The wheels' files, in the plan's order.
    let files: [WheelFile]
    let output: OutputFile
    let cancellation: Cancellation

    /// 1980-01-01, the first day of a zip's calendar, at midnight.
    private static let date: UInt16 = 1 << 5 | 1
    private static let python = Array("python/".utf8)

    private static func root(of entry: LayerEntry) -> [UInt8] { entry.isOutside ? [] : python }

    /// - Throws: `.file`, a full disk for instance; `.cancelled`; `.badWheel` if a wheel became shorter.
    func write() throws {
        var offsets: [UInt32] = []
        let entries = plan.written
        offsets.reserveCapacity(entries.count)
        for entry in entries {
            try cancellation.check()
            offsets.append(UInt32(output.count))
            try output.append(Self.localHeader(entry))
            try writeContents(of: entry)
        }
        let directory = output.count
        for (entry, offset) in zip(entries, offsets) {
            try output.append(Self.centralHeader(entry, localOffset: offset))
        }
        try output.append(Self.endRecord(entries: offsets.count, directory: directory..<output.count))
    }

    private func writeContents(of entry: LayerEntry) throws {
        switch (entry.content, entry.wheel) {
        case (.generated(let bytes), _): try output.append(bytes)
        case (.copied(let offset), let wheel?):
            let file = files[wheel]
            try output.append(entry.compressedSize) { part, done in
                try file.read(into: part, at: offset + done)
                try cancellation.check()
            }
        case (.spliced(let head, let copied, let tail), let wheel?):
            let file = files[wheel]
            try output.append(head)
            try output.append(copied.count) { part, done in
                try file.read(into: part, at: copied.lowerBound + done)
                try cancellation.check()
            }
            try output.append(tail)
        case (.copied, nil), (.spliced, nil):
            throw StrataError(.inconsistent, "'\(entry.path)' has no wheel to be copied from")
        }
    }

    private static func localHeader(_ entry: LayerEntry) -> [UInt8] {
        let root = root(of: entry)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(30 + root.count + entry.path.bytes.count)
        bytes.append(littleEndian: 0x0403_4B50 as UInt32)
        appendCommon(of: entry, to: &bytes)
        bytes += root
        bytes += entry.path.bytes
        return bytes
    }

    private static func centralHeader(_ entry: LayerEntry, localOffset: UInt32) -> [UInt8] {
        let root = root(of: entry)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(46 + root.count + entry.path.bytes.count)
        bytes.append(littleEndian: 0x0201_4B50 as UInt32)
        // Made by version 2.0 on Unix, whose modes the attributes hold.
        bytes.append(littleEndian: 3 << 8 | 20 as UInt16)
        appendCommon(of: entry, to: &bytes)
        // Comment, disk, internal attributes.
        bytes.append(contentsOf: [0, 0, 0, 0, 0, 0])
        bytes.append(littleEndian: (0o100000 | (entry.isExecutable ? 0o755 : 0o644) as UInt32) << 16)
        bytes.append(littleEndian: localOffset)
        bytes += root
        bytes += entry.path.bytes
        return bytes
    }

    /// What both headers hold, from the version to the extra fields' length.
    private static func appendCommon(of entry: LayerEntry, to bytes: inout [UInt8]) {
        bytes.append(littleEndian: 20 as UInt16)
        bytes.append(littleEndian: entry.path.bytes.allSatisfy { $0 < 0x80 } ? 0 : 1 << 11 as UInt16)
        bytes.append(littleEndian: entry.method.rawValue)
        bytes.append(littleEndian: 0 as UInt16)
        bytes.append(littleEndian: date)
        bytes.append(littleEndian: entry.crc32)
        // `LayerPlan` refuses a layer in which these do not fit.
        bytes.append(littleEndian: UInt32(entry.compressedSize))
        bytes.append(littleEndian: UInt32(entry.size))
        bytes.append(littleEndian: UInt16(root(of: entry).count + entry.path.bytes.count))
        bytes.append(littleEndian: 0 as UInt16)
    }

    private static func endRecord(entries: Int, directory: Range<Int>) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(littleEndian: 0x0605_4B50 as UInt32)
        bytes.append(littleEndian: 0 as UInt32)
        bytes.append(littleEndian: UInt16(entries))
        bytes.append(littleEndian: UInt16(entries))
        bytes.append(littleEndian: UInt32(directory.count))
        bytes.append(littleEndian: UInt32(directory.lowerBound))
        bytes.append(littleEndian: 0 as UInt16)
        return bytes
    }
}
