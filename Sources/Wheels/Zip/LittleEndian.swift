extension [UInt8] {
    /// The little-endian number at `offset`; nil if it is not wholly inside. For bytes that strangers wrote: no trap.
    package func number<Number: FixedWidthInteger & UnsignedInteger>(_ type: Number.Type, at offset: Int) -> Number? {
        guard offset >= 0, offset <= count - MemoryLayout<Number>.size else { return nil }
        return withUnsafeBytes { Number(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: Number.self)) }
    }

    /// The number as an `Int`; nil if it is outside, or too large for one.
    package func int<Number: FixedWidthInteger & UnsignedInteger>(_ type: Number.Type, at offset: Int) -> Int? {
        number(type, at: offset).flatMap { Int(exactly: $0) }
    }

    /// The bytes of `range`; nil if it is not wholly inside.
    package func slice(at offset: Int, count length: Int) -> ArraySlice<UInt8>? {
        guard offset >= 0, length >= 0, offset <= count, length <= count - offset else { return nil }
        return self[offset..<offset + length]
    }

    package mutating func append<Number: FixedWidthInteger>(littleEndian value: Number) {
        Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
    }
}
