import CPosix
import FoundationEssentials
import Glibc
import Model

/// Two connected sockets that no child inherits.
func makePair(_ ends: inout [Int32]) -> Bool {
    socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends) == 0
}

/// A child process with a pipe to and two from it. It does not outlive its owner: it is killed and reaped with it.
struct ChildProcess: ~Copyable {
    let identifier: pid_t
    /// A socket, so that writing to a dead child is an error and no signal.
    private let input: Int32
    let output: Int32
    let errors: Int32

    /// Starts a program with nothing of this process but the arguments and the environment given here.
    /// - Throws: `tool`.
    init(_ executable: String, _ arguments: [String], environment: [String: String]) throws(StrataError) {
        var sockets: [Int32] = [-1, -1]
        var output: [Int32] = [-1, -1]
        var errors: [Int32] = [-1, -1]
        var made = false
        defer {
            // The child's ends in any case; ours only if nothing came of it.
            for descriptor in [sockets[1], output[1], errors[1]] where descriptor >= 0 { close(descriptor) }
            if !made {
                for descriptor in [sockets[0], output[0], errors[0]] where descriptor >= 0 { close(descriptor) }
            }
        }
        guard makePair(&sockets), makePair(&output), makePair(&errors) else { throw Self.failure(executable, errno) }
        var pid: pid_t = 0
        let status = Self.spawn(
            &pid, executable, arguments, environment.map { "\($0.key)=\($0.value)" }.sorted(),
            [sockets[1], output[1], errors[1]])
        guard status == 0 else { throw Self.failure(executable, status) }
        made = true
        identifier = pid
        input = sockets[0]
        self.output = output[0]
        self.errors = errors[0]
    }

    deinit {
        kill(identifier, SIGKILL)
        var status: Int32 = 0
        while waitpid(identifier, &status, 0) < 0, errno == EINTR {}
        close(input)
        close(output)
        close(errors)
    }

    /// Writes all of it, or as much as a child that is still there takes.
    /// - Returns: whether it was all.
    borrowing func send(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var done = 0
        while done < bytes.count {
            let count = Glibc.send(
                input, bytes.baseAddress?.advanced(by: done), bytes.count - done, Int32(MSG_NOSIGNAL))
            if count < 0, errno == EINTR { continue }
            if count <= 0 { return false }
            done += count
        }
        return true
    }

    /// Tells the child that there is no more.
    borrowing func endInput() { shutdown(input, Int32(SHUT_WR)) }

    private static func spawn(
        _ pid: inout pid_t, _ executable: String, _ arguments: [String], _ environment: [String], _ ends: [Int32]
    ) -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (number, end) in ends.enumerated() { posix_spawn_file_actions_adddup2(&actions, end, Int32(number)) }
        // Whatever else is open here, descriptors of others included, is not the child's.
        posix_spawn_file_actions_addclosefrom_np(&actions, 3)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        // A group of its own, so that a Ctrl-C at the terminal reaches this process, which then decides.
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))
        return withStrings([executable] + arguments) { arguments in
            withStrings(environment) { environment in
                // Both arrays end with the nil that withStrings leaves behind its strings.
                posix_spawn(
                    &pid, executable, &actions, &attributes, arguments.pointee.strings, environment.pointee.strings)
            }
        }
    }

    private static func failure(_ executable: String, _ code: Int32) -> StrataError {
        StrataError(
            .tool, "cannot start the git worker: \(String(cString: strerror(code)))", place: .init(file: executable))
    }
}
