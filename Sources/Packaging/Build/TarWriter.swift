import Model
import Wheels

/// Writes a tar (POSIX.1-2017, pax: "ustar Interchange Format", and "pax Header Block" for names over 100 bytes) that
/// holds nothing of this machine or of today: files of root, dated 1980-01-01.
///
/// Owned by one thread.
final class TarWriter {
    private let output: OutputFile

    init(_ output: OutputFile) throws { self.output = output }

    func addFolder(_ path: [UInt8]) throws {
        try addHeader(path + [UInt8(ascii: "/")], size: 0, mode: 0o755, type: "5")
    }

    func addFile(_ path: [UInt8], _ bytes: [UInt8]) throws {
        try addFile(path, size: bytes.count, isExecutable: false) { write in try bytes.withUnsafeBytes(write) }
    }

    /// - Parameter fill: gets what takes the file's `size` bytes in parts.
    /// - Throws: `.inconsistent` for another number of bytes.
    func addFile(
        _ path: [UInt8], size: Int, isExecutable: Bool,
        _ fill: ((UnsafeRawBufferPointer) throws -> Void) throws -> Void
    ) throws {
        try addHeader(path, size: size, mode: isExecutable ? 0o755 : 0o644, type: "0")
        let start = output.count
        try fill { part in
            try output.append(part.count) { buffer, done in
                buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: part[done..<done + buffer.count]))
            }
        }
        guard output.count - start == size else {
            throw StrataError(.inconsistent, "a file of \(size) bytes came out as \(output.count - start)")
        }
        try pad(size)
    }

    /// Ends and closes the file.
    func finish() throws -> (sha256: ContentDigest, size: Int) {
        try output.append([UInt8](repeating: 0, count: 1024))
        let size = output.count
        return (try output.finish(), size)
    }

    private func pad(_ size: Int) throws { try output.append([UInt8](repeating: 0, count: (512 - size % 512) % 512)) }

    private func addHeader(_ path: [UInt8], size: Int, mode: Int, type: Character) throws {
        if path.count > 100 {
            let record = Self.record("path", path)
            try output.append(Self.header(Array("pax".utf8), size: record.count, mode: 0o644, type: "x"))
            try output.append(record)
            try pad(record.count)
        }
        try output.append(Self.header(Array(path.prefix(100)), size: size, mode: mode, type: type))
    }

    /// `LENGTH KEY=VALUE` and a new line, where the length counts itself.
    private static func record(_ key: String, _ value: [UInt8]) -> [UInt8] {
        let rest = key.utf8.count + value.count + 3
        var length = rest + 1
        while "\(length)".utf8.count + rest != length { length = "\(length)".utf8.count + rest }
        return Array("\(length) \(key)=".utf8) + value + [UInt8(ascii: "\n")]
    }

    private static func header(_ name: [UInt8], size: Int, mode: Int, type: Character) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: 512)
        func put(_ bytes: some Collection<UInt8>, at offset: Int) {
            for (index, byte) in bytes.enumerated() { block[offset + index] = byte }
        }
        func octal(_ number: Int, _ digits: Int) -> [UInt8] {
            let text = String(number, radix: 8)
            return Array((String(repeating: "0", count: max(0, digits - text.count)) + text).utf8)
        }
        put(name, at: 0)
        put(octal(mode, 7), at: 100)
        put(octal(0, 7), at: 108)
        put(octal(0, 7), at: 116)
        put(octal(size, 11), at: 124)
        // 1980-01-01T00:00:00Z
        put(octal(315_532_800, 11), at: 136)
        put("        ".utf8, at: 148)
        put(String(type).utf8, at: 156)
        put("ustar\u{0}00".utf8, at: 257)
        put(octal(block.reduce(0) { $0 + Int($1) }, 6) + [0, 0x20], at: 148)
        return block
    }
}
