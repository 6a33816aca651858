/// The head of an ELF file, as far as the loader reads it: the machine, and where the program headers lie.
/// Values are a stranger's: offsets may point anywhere.
struct ELFHeader {
    /// `e_machine`: 62 is x86_64, 183 is aarch64.
    let machine: UInt16
    /// Nil for a file of 32 bits or of the other byte order, which no target of Lambda loads.
    let programHeaders: Range<Int>?
    let programHeaderSize: Int

    /// So many bytes from the start are enough.
    static let length = 64

    /// - Returns: nil if the bytes are no ELF file's.
    init?(_ bytes: [UInt8]) {
        guard bytes.starts(with: [0x7F] + Array("ELF".utf8)), bytes.count >= 20 else { return nil }
        let isLittleEndian = bytes[5] == 1
        guard let number = bytes.number(UInt16.self, at: 18) else { return nil }
        machine = isLittleEndian ? number : number.byteSwapped
        guard isLittleEndian, bytes[4] == 2, let offset = bytes.int(UInt64.self, at: 32),
            let size = bytes.int(UInt16.self, at: 54), let count = bytes.int(UInt16.self, at: 56),
            size == 56, offset < Int.max - size * count
        else {
            programHeaders = nil
            programHeaderSize = 0
            return
        }
        programHeaders = offset..<offset + size * count
        programHeaderSize = size
    }
}
