import Foundation
import Glibc
import Model

/// A text that this process looks for in its own memory, without holding it anywhere else.
public final class Needle {
    private let text: UnsafeMutableRawBufferPointer
    private let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 4096)

    /// - Parameter turned: the text, every bit turned round.
    public init?(turned: [UInt8]) {
        guard !turned.isEmpty else { return nil }
        text = .allocate(byteCount: turned.count, alignment: 16)
        for (index, byte) in turned.enumerated() { text[index] = byte ^ 0xFF }
    }

    deinit {
        text.initializeMemory(as: UInt8.self, repeating: 0)
        text.deallocate()
        chunk.deallocate()
    }

    /// How often the text is in the memory that this process can write.
    public func occurrences() throws -> Int {
        let memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC)
        guard memory >= 0 else { throw StrataError(.file, "the process's memory cannot be read") }
        defer { close(memory) }
        var count = 0
        for region in try regions() {
            var start = region.lowerBound
            while start < region.upperBound {
                let wanted = min(chunk.count, Int(region.upperBound - start))
                let read = pread(memory, chunk.baseAddress, wanted, off_t(start))
                guard read > text.count else { break }
                count += found(read, at: start)
                // A text may lie across two pieces.
                start += UInt(read == wanted && start + UInt(read) < region.upperBound ? read - text.count + 1 : read)
            }
        }
        chunk.initializeMemory(as: UInt8.self, repeating: 0)
        return count
    }

    private func found(_ size: Int, at start: UInt) -> Int {
        guard let base = chunk.baseAddress, let own = text.baseAddress else { return 0 }
        let ours = UInt(bitPattern: base)..<UInt(bitPattern: base + chunk.count)
        var count = 0
        var offset = 0
        while offset + text.count <= size,
            let match = memchr(base + offset, Int32(text[0]), size - offset - text.count + 1)
        {
            let distance = UnsafeRawPointer(match) - UnsafeRawPointer(base)
            let address = start + UInt(distance)
            let isWhole = memcmp(match, own, text.count) == 0
            if isWhole, address != UInt(bitPattern: own), !ours.contains(address) { count += 1 }
            offset = distance + 1
        }
        return count
    }

    private func regions() throws -> [Range<UInt>] {
        let maps = try String(contentsOfFile: "/proc/self/maps", encoding: .utf8)
        return maps.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ", maxSplits: 2)
            let ends = words[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
            guard words[1].hasPrefix("rw"), ends.count == 2, !line.hasSuffix("[vvar]") else { return nil }
            return ends[0]..<ends[1]
        }
    }
}
