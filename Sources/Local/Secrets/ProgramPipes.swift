import CPosix
import Files
import Glibc
import Model
import Synchronization

/// The pipes that a program writes a secret and its complaints to. What is read of the secret goes into locked memory.
/// The ends that are read are closed by `take`, which is called once; the others by who starts the program.
final class ProgramPipes: Sendable {
    /// What the program writes to.
    let outputEnd: Int32
    let errorEnd: Int32
    private let output: Int32
    private let errors: Int32
    private let isOver = Atomic(false)

    /// More is no secret.
    private static let limit = 64 << 10

    struct Taken: Sendable {
        let secret: SecretBox
        /// The beginning of what the program said to its standard error, as one line that can be shown.
        let said: String
    }

    init() throws(StrataError) {
        var ends: [Int32] = [-1, -1, -1, -1]
        let status = ends.withUnsafeMutableBufferPointer { ends in
            let first = cposix_pipe(ends.baseAddress)
            return first == 0 ? cposix_pipe(ends.baseAddress.map { $0 + 2 }) : first
        }
        guard status == 0 else {
            for end in ends where end >= 0 { close(end) }
            throw StrataError(.tool, "no pipe can be made: \(String(cString: strerror(status)))")
        }
        (output, outputEnd, errors, errorEnd) = (ends[0], ends[1], ends[2], ends[3])
    }

    /// Says that the program has ended. Others that it started may hold the pipes open: they are not waited for.
    func end() { isOver.store(true, ordering: .releasing) }

    /// Reads until both pipes are at their end, or the program is and nothing is left; then nobody reads them any more.
    func take() async throws -> Taken { try await blocking { try self.read() } }

    private func read() throws(StrataError) -> Taken {
        defer {
            close(output)
            close(errors)
        }
        var secret = LockedBytes(capacity: 4096)
        var said: [UInt8] = []
        var ends = [output, errors].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        while ends.contains(where: { $0.fd >= 0 }) {
            // Looked at first: what was written before is in the pipe then.
            let wasOver = isOver.load(ordering: .acquiring)
            let ready = poll(&ends, nfds_t(ends.count), wasOver ? 0 : 50)
            if ready < 0, errno == EINTR { continue }
            guard ready >= 0 else {
                throw StrataError(.tool, "the program's output cannot be read: \(String(cString: strerror(errno)))")
            }
            if ready == 0, wasOver { break }
            for index in ends.indices where ends[index].fd >= 0 && ends[index].revents != 0 {
                let end = ends[index].fd
                let got = index == 0 ? secret.append(upTo: 4096) { next(end, $0) } : append(&said, end)
                if got <= 0 { ends[index].fd = -1 }
            }
            guard secret.count <= Self.limit else {
                throw StrataError(.tool, "the program printed more than \(Self.limit) bytes, which is no secret")
            }
        }
        return Taken(secret: SecretBox(secret.secret()), said: String(decoding: said, as: UTF8.self).printable(400))
    }

    private func next(_ end: Int32, _ room: UnsafeMutableRawBufferPointer) -> Int {
        while true {
            let got = Glibc.read(end, room.baseAddress, room.count)
            if got < 0, errno == EINTR { continue }
            return got
        }
    }

    /// Takes all there is, and keeps the beginning.
    private func append(_ said: inout [UInt8], _ end: Int32) -> Int {
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 16)
        defer { room.deallocate() }
        let got = next(end, room)
        if got > 0 { said += room.prefix(min(got, max(0, 4096 - said.count))) }
        return got
    }
}
