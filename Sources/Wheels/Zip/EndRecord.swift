import Model

/// Where the central directory lies, from the records at the end of the file (APPNOTE 4.3.14 to 4.3.16).
///
/// Readers find these records in different ways, so anything that two of them could read differently is refused:
/// a second signature behind the record, bytes between the records, and values that differ from zip64's.
struct EndRecord {
    var entries: Int
    var directoryOffset: Int
    var directorySize: Int

    init(of file: WheelFile, caps: WheelCaps) throws {
        func refused(_ reason: String) -> StrataError { .badWheel(file.name, nil, reason) }

        let tailOffset = max(0, file.size - 22 - 0xFFFF - 20)
        let tail = try file.read(at: tailOffset, count: file.size - tailOffset)
        let last = tail.indices.reversed().first { tail.number(UInt32.self, at: $0) == 0x0605_4B50 }
        guard let end = last, let comment = tail.int(UInt16.self, at: end + 20) else {
            throw refused("is not a zip file: it has no end record")
        }
        guard end + 22 + comment == tail.count else { throw refused("has bytes after its end record") }
        guard let disk = tail.number(UInt16.self, at: end + 4), let firstDisk = tail.number(UInt16.self, at: end + 6),
            let onThisDisk = tail.int(UInt16.self, at: end + 8), let total = tail.int(UInt16.self, at: end + 10),
            let size = tail.int(UInt32.self, at: end + 12), let offset = tail.int(UInt32.self, at: end + 16)
        else { throw refused("has a truncated end record") }
        guard disk == 0, firstDisk == 0, onThisDisk == total else { throw refused("is spread over several files") }
        entries = total
        directorySize = size
        directoryOffset = offset
        var directoryEnd = tailOffset + end

        if tail.number(UInt32.self, at: end - 20) == 0x0706_4B50 {
            directoryEnd = try widen(by: file, locator: tailOffset + end - 20)
        } else if total == 0xFFFF || size == 0xFFFF_FFFF || offset == 0xFFFF_FFFF {
            throw refused("lacks the zip64 record that its end record refers to")
        }
        guard entries <= caps.entries else {
            throw refused("has \(entries) entries, more than the \(caps.entries) that a layer can hold")
        }
        guard directorySize <= caps.directory else { throw refused("has a directory of \(directorySize) bytes") }
        guard directoryOffset <= directoryEnd, directoryOffset + directorySize == directoryEnd else {
            throw refused("has a directory that does not end where the end record begins")
        }
    }

    /// Takes the zip64 record's values.
    /// - Returns: where the directory must end: at the zip64 record.
    private mutating func widen(by file: WheelFile, locator: Int) throws -> Int {
        func refused(_ reason: String) -> StrataError { .badWheel(file.name, nil, reason) }

        let pointer = try file.read(at: locator, count: 20)
        guard pointer.number(UInt32.self, at: 4) == 0, pointer.number(UInt32.self, at: 16) == 1,
            let start = pointer.int(UInt64.self, at: 8), start <= locator - 56
        else { throw refused("has a bad zip64 locator") }
        let record = try file.read(at: start, count: 56)
        guard record.number(UInt32.self, at: 0) == 0x0606_4B50, let length = record.int(UInt64.self, at: 4),
            length >= 44, length == locator - start - 12
        else { throw refused("has a bad zip64 end record") }
        guard record.number(UInt32.self, at: 16) == 0, record.number(UInt32.self, at: 20) == 0,
            let onThisDisk = record.int(UInt64.self, at: 24), let total = record.int(UInt64.self, at: 32),
            onThisDisk == total, let size = record.int(UInt64.self, at: 40),
            let offset = record.int(UInt64.self, at: 48)
        else { throw refused("has a bad zip64 end record") }
        guard entries == 0xFFFF || entries == total, directorySize == 0xFFFF_FFFF || directorySize == size,
            directoryOffset == 0xFFFF_FFFF || directoryOffset == offset
        else { throw refused("has end records that differ") }
        guard total <= file.size, size <= file.size, offset <= file.size else {
            throw refused("has a bad zip64 end record")
        }
        entries = total
        directorySize = size
        directoryOffset = offset
        return start
    }
}
