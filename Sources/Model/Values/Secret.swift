import CPosix

/// A secret's bytes: cannot be copied, printed, encoded or logged, and are wiped when they go.
///
/// The bytes are kept from swap (`mlock`, as far as the process's limit allows). What is wiped is this buffer; copies
/// that a C library makes of it are not in reach, which is why `withBytes` is called as late as possible.
public struct Secret: ~Copyable, Sendable {
    private let buffer: Bytes

    /// Takes the bytes, and leaves the array empty and its storage, if no one else shares it, wiped.
    public init(taking bytes: inout [UInt8]) {
        buffer = Bytes(copying: bytes)
        bytes.withUnsafeMutableBytes { wipe($0) }
        bytes = []
    }

    public init(copying bytes: UnsafeRawBufferPointer) { buffer = Bytes(copying: bytes) }

    public var count: Int { buffer.pointer.count }

    /// Lends the bytes. They must not be copied into anything that lives longer than `body`.
    public borrowing func withBytes<Result: ~Copyable, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(UnsafeRawBufferPointer(buffer.pointer))
    }

    /// Sole owner of the memory. Never handed out, so no second reference exists.
    ///
    /// Proof for `@unchecked Sendable`: the pointer is set in `init`, only read afterwards, and freed in `deinit`; the
    /// memory is written only in `init` and, after the last reader is gone, in `deinit`.
    private final class Bytes: @unchecked Sendable {
        let pointer: UnsafeMutableRawBufferPointer

        init(copying bytes: some Collection<UInt8>) {
            pointer = .allocate(byteCount: bytes.count, alignment: 16)
            _ = mlock(pointer.baseAddress, pointer.count)
            pointer.copyBytes(from: bytes)
        }

        deinit {
            wipe(pointer)
            _ = munlock(pointer.baseAddress, pointer.count)
            pointer.deallocate()
        }
    }
}

/// Overwrites memory in a way that the compiler does not remove.
private func wipe(_ memory: UnsafeMutableRawBufferPointer) {
    guard let base = memory.baseAddress else { return }
    cposix_wipe(base, memory.count)
}
