import CPosix
import Crypto
import Glibc
import Model
import Synchronization

/// A download that is not whole yet: locked against other processes and tasks, hashed while it grows, and kept when
/// it breaks off, so that the next attempt goes on where this one ended.
///
/// The lock belongs to the open file, so it goes with the process, and the file's rename to its final name ends it.
final class PartFile: Sendable {
    let path: String
    private let state: Mutex<State>

    private struct State {
        var descriptor: Int32
        var hasher = SHA256()
        var count = 0
    }

    /// Opens or creates the file and waits until nobody else has it.
    /// - Throws: `file`; `cancelled`.
    static func open(_ path: String) async throws(StrataError) -> PartFile {
        while true {
            let descriptor = cposix_open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
            guard descriptor >= 0 else { throw StrataError.failedFile(path, "create the file") }
            let locked = cposix_lock_file(descriptor, 0)
            // Whoever had it before may have renamed it: then this is no longer the file of that name.
            if locked == 0, isSame(descriptor, path) { return PartFile(path, descriptor) }
            close(descriptor)
            guard locked == 0 || locked == EWOULDBLOCK || locked == EINTR else {
                throw StrataError.failedFile(path, "lock the file", errno: locked)
            }
            if locked != 0 {
                do { try await Task.sleep(for: .milliseconds(50)) } catch { throw StrataError(.cancelled, "cancelled") }
            }
        }
    }

    private init(_ path: String, _ descriptor: Int32) {
        self.path = path
        state = Mutex(State(descriptor: descriptor))
    }

    deinit { state.withLock { _ = close($0.descriptor) } }

    /// How many bytes there are.
    var count: Int { state.withLock { $0.count } }

    /// Hashes what an earlier attempt left behind. Blocks.
    func resume() throws(StrataError) {
        let result = state.withLock { state in
            Result { () throws(StrataError) in
                let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 64)
                defer { buffer.deallocate() }
                state.hasher = SHA256()
                state.count = 0
                while true {
                    let got = pread(state.descriptor, buffer.baseAddress, buffer.count, off_t(state.count))
                    if got < 0, errno == EINTR { continue }
                    guard got >= 0 else { throw StrataError.failedFile(path, "read the file") }
                    guard got > 0 else { return }
                    state.hasher.update(bufferPointer: UnsafeRawBufferPointer(rebasing: buffer[..<got]))
                    state.count += got
                }
            }
        }
        try result.get()
    }

    func append(_ bytes: UnsafeRawBufferPointer) throws(StrataError) {
        let result = state.withLock { state in
            Result { () throws(StrataError) in
                var done = 0
                while done < bytes.count {
                    let put = pwrite(
                        state.descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done,
                        off_t(state.count + done))
                    if put < 0, errno == EINTR { continue }
                    guard put > 0 else {
                        throw StrataError.failedFile(path, "write the wheel", errno: put == 0 ? EIO : errno)
                    }
                    done += put
                }
                state.hasher.update(bufferPointer: bytes)
                state.count += bytes.count
            }
        }
        try result.get()
    }

    /// Forgets all bytes.
    func restart() throws(StrataError) {
        let failure = state.withLock { state -> Int32? in
            guard ftruncate(state.descriptor, 0) == 0 else { return errno }
            state.hasher = SHA256()
            state.count = 0
            return nil
        }
        if let failure { throw StrataError.failedFile(path, "empty the file", errno: failure) }
    }

    /// Of all bytes so far.
    var digest: ContentDigest { state.withLock { ContentDigest($0.hasher.finalize()) } }

    /// Gives the file its final name.
    func finish(as destination: String) throws(StrataError) {
        guard rename(path, destination) == 0 else { throw StrataError.failedFile(destination, "put the file in place") }
    }

    func remove() { unlink(path) }

    private static func isSame(_ descriptor: Int32, _ path: String) -> Bool {
        var opened = stat()
        var named = stat()
        return fstat(descriptor, &opened) == 0 && stat(path, &named) == 0 && opened.st_ino == named.st_ino
            && opened.st_dev == named.st_dev
    }
}
