import CPosix

/// Bytes of a secret on their way: kept from swap as far as the process's limit allows, and wiped when they go.
///
/// Proof for `@unchecked Sendable`: the memory has one owner, which cannot be copied, and is never handed out.
package struct LockedBytes: ~Copyable, @unchecked Sendable {
    private var storage: UnsafeMutableRawBufferPointer
    package private(set) var count = 0

    package init(capacity: Int) { storage = Self.allocate(max(capacity, 64)) }

    deinit { Self.free(storage) }

    /// Lends the bytes. They must not be copied into anything that is not wiped.
    package borrowing func withBytes<Result: ~Copyable, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(storage)[..<count]))
    }

    package mutating func append(_ byte: UInt8) {
        reserve(1)
        storage[count] = byte
        count += 1
    }

    package mutating func append(_ bytes: UnsafeRawBufferPointer) {
        reserve(bytes.count)
        UnsafeMutableRawBufferPointer(rebasing: storage[count...]).copyMemory(from: bytes)
        count += bytes.count
    }

    /// Lets `fill` write behind the bytes that are there.
    ///
    /// - Parameters:
    ///   - most: how many bytes there is room for.
    ///   - fill: says how many it has written; a negative number writes none.
    /// - Returns: what `fill` does.
    package mutating func append<Failure: Error>(
        upTo most: Int, _ fill: (UnsafeMutableRawBufferPointer) throws(Failure) -> Int
    ) throws(Failure) -> Int {
        reserve(most)
        let filled = try fill(UnsafeMutableRawBufferPointer(rebasing: storage[count..<count + most]))
        count += min(max(filled, 0), most)
        return filled
    }

    /// The secret itself, in memory of its own.
    package consuming func secret() -> Secret { withBytes { Secret(copying: $0) } }

    package mutating func removeAll() {
        Self.wipe(storage)
        count = 0
    }

    private mutating func reserve(_ more: Int) {
        guard storage.count - count < more else { return }
        let larger = Self.allocate(max(storage.count * 2, count + more))
        larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(storage)[..<count]))
        Self.free(storage)
        storage = larger
    }

    /// Overwrites memory in a way that the compiler does not remove.
    package static func wipe(_ memory: UnsafeMutableRawBufferPointer) {
        if let base = memory.baseAddress { cposix_wipe(base, memory.count) }
    }

    private static func allocate(_ capacity: Int) -> UnsafeMutableRawBufferPointer {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 16)
        _ = mlock(memory.baseAddress, memory.count)
        return memory
    }

    private static func free(_ memory: UnsafeMutableRawBufferPointer) {
        wipe(memory)
        _ = munlock(memory.baseAddress, memory.count)
        memory.deallocate()
    }
}
