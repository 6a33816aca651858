import Model

/// The header in front of an entry's data (APPNOTE 4.3.7), compared with what the directory says.
struct LocalHeader {
    var dataOffset: Int

    init(of central: CentralHeader, in file: WheelFile, limit: Int) throws {
        func refused(_ reason: String) -> StrataError { .badWheel(file.name, central.entry.path, reason) }

        let fixed = 30 + central.name.count
        guard central.localOffset <= limit - fixed else { throw refused("reaches into the directory") }
        // With room for the usual extra fields, so that one read is enough.
        var header = try file.read(at: central.localOffset, count: min(fixed + 64, limit - central.localOffset))
        guard header.number(UInt32.self, at: 0) == 0x0403_4B50, let flags = header.number(UInt16.self, at: 6),
            let method = header.number(UInt16.self, at: 8), let crc32 = header.number(UInt32.self, at: 14),
            let compressedSize = header.number(UInt32.self, at: 18), let size = header.number(UInt32.self, at: 22),
            let nameLength = header.int(UInt16.self, at: 26), let extraLength = header.int(UInt16.self, at: 28)
        else { throw refused("has no local header") }
        guard nameLength == central.name.count, header[30..<fixed].elementsEqual(central.name) else {
            throw refused("has a different name in its local header")
        }
        dataOffset = central.localOffset + fixed + extraLength
        guard dataOffset <= limit else { throw refused("reaches into the directory") }
        if header.count < fixed + extraLength {
            header = try file.read(at: central.localOffset, count: fixed + extraLength)
        }
        guard let fields = ExtraFields(header[fixed..<fixed + extraLength]),
            let wide = fields.widened([size, compressedSize])
        else { throw refused("has bad extra fields in its local header") }
        guard method == central.entry.method.rawValue,
            flags & CentralHeader.Flag.meaning == central.flags & CentralHeader.Flag.meaning
        else { throw refused("has a different method or different flags in its local header") }

        let isEqual =
            crc32 == central.entry.crc32 && wide[1] == central.entry.compressedSize && wide[0] == central.entry.size
        let isLater = central.hasDescriptor && crc32 == 0 && wide.allSatisfy { $0 == 0 }
        guard isEqual || isLater else { throw refused("has a different CRC or different sizes in its local header") }
    }
}
