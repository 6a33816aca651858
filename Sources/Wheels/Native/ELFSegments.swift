/// The program headers of a 64-bit little-endian ELF file: what is loaded where, and where the dynamic section lies.
struct ELFSegments {
    private var loads: [(address: UInt64, size: UInt64, offset: UInt64)] = []
    private(set) var dynamic: Range<Int>?

    init(_ bytes: [UInt8], size: Int) {
        for start in stride(from: 0, to: bytes.count, by: size) {
            guard let type = bytes.number(UInt32.self, at: start),
                let offset = bytes.number(UInt64.self, at: start + 8),
                let address = bytes.number(UInt64.self, at: start + 16),
                let length = bytes.number(UInt64.self, at: start + 32)
            else { return }
            if type == 1 { loads.append((address, length, offset)) }
            if type == 2, dynamic == nil, let from = Int(exactly: offset), let count = Int(exactly: length) {
                let (end, overflow) = from.addingReportingOverflow(min(count, 64 << 10))
                if !overflow { dynamic = from..<end }
            }
        }
    }

    /// Where in the file the byte lies that is loaded at `address`.
    func offset(of address: UInt64) -> Int? {
        guard let load = loads.first(where: { address >= $0.address && address - $0.address < $0.size }) else {
            return nil
        }
        let (offset, overflow) = load.offset.addingReportingOverflow(address - load.address)
        return overflow ? nil : Int(exactly: offset)
    }
}
