import CZlib

/// A function's code: a zip of one file, stored as it is. The same file gives the same bytes.
enum FunctionCode {
    /// - Parameter name: ASCII.
    static func zip(_ file: [UInt8], as name: String) -> [UInt8] {
        let checksum = file.withUnsafeBufferPointer {
            UInt32(truncatingIfNeeded: crc32(0, $0.baseAddress, uInt($0.count)))
        }
        let size = UInt32(file.count)
        // Version 2.0, no flags, stored, midnight of 1 January 1980.
        let common =
            bytes(UInt16(20)) + bytes(UInt16(0)) + bytes(UInt16(0)) + bytes(UInt16(0)) + bytes(UInt16(0x21))
            + bytes(checksum) + bytes(size) + bytes(size) + bytes(UInt16(name.utf8.count)) + bytes(UInt16(0))
        let local = bytes(UInt32(0x0403_4B50)) + common + name.utf8 + file
        // Made by Unix, a plain file that everybody may read: Lambda runs it as another user.
        let central =
            bytes(UInt32(0x0201_4B50)) + bytes(UInt16(0x0314)) + common + bytes(UInt16(0)) + bytes(UInt16(0))
            + bytes(UInt16(0)) + bytes(UInt32(0o100644) << 16) + bytes(UInt32(0)) + name.utf8
        let end =
            bytes(UInt32(0x0605_4B50)) + bytes(UInt32(0)) + bytes(UInt16(1)) + bytes(UInt16(1))
            + bytes(UInt32(central.count)) + bytes(UInt32(local.count)) + bytes(UInt16(0))
        return local + central + end
    }

    private static func bytes(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }
}
