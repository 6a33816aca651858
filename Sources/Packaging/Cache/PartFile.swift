import Crypto
import Files
import Glibc
import Model
import Synchronization

/// A download that is not whole yet: locked against other processes and tasks, hashed while it grows, and kept when
/// it breaks off, so that the next attempt goes on where this one ended.
///
/// The lock belongs to the open file, so it goes with the process, and the file's rename to its final name ends it.
final class PartFile: Sendable {
    let path: String
    private let file: OpenFile
    private let state = Mutex(State())

    private struct State {
        var hasher = SHA256()
        var count = 0
    }

    /// Opens or creates the file and waits until nobody else has it.
    /// - Throws: `file`; `cancelled`.
    static func open(_ path: String) async throws(StrataError) -> PartFile {
        while true {
            let part = try PartFile(path)
            if try part.file.lock() {
                // Whoever had it before may have renamed it: then this is no longer the file of that name.
                if part.file.isAt(path) { return part }
            } else {
                do { try await Task.sleep(for: .milliseconds(50)) } catch { throw StrataError(.cancelled, "cancelled") }
            }
        }
    }

    private init(_ path: String) throws(StrataError) {
        self.path = path
        file = try OpenFile(path, O_RDWR | O_CREAT, mode: 0o666)
    }

    /// How many bytes there are.
    var count: Int { state.withLock { $0.count } }

    /// Hashes what an earlier attempt left behind. Blocks.
    func resume() throws(StrataError) {
        try state.withLock { state throws(StrataError) in
            var found = State()
            try file.forEachBuffer { bytes throws(StrataError) in
                found.hasher.update(bufferPointer: bytes)
                found.count += bytes.count
            }
            state = found
        }
    }

    func append(_ bytes: UnsafeRawBufferPointer) throws(StrataError) {
        try state.withLock { state throws(StrataError) in
            try file.write(bytes, at: state.count)
            state.hasher.update(bufferPointer: bytes)
            state.count += bytes.count
        }
    }

    /// Forgets all bytes.
    func restart() throws(StrataError) {
        try state.withLock { state throws(StrataError) in
            try file.empty()
            state = State()
        }
    }

    /// Of all bytes so far.
    var digest: ContentDigest { state.withLock { ContentDigest($0.hasher.finalize()) } }

    /// Gives the file its final name.
    func finish(as destination: String) throws(StrataError) { try AtomicFile.put(path, destination) }

    func remove() { unlink(path) }
}
