import Model

/// What it takes to reach a remote over SSH: the key, the hosts that are trusted, and the program that does it.
public struct SSHAccess: Sendable {
    /// Fetches the key. Asked once for each connection, as late as possible; the key is wiped when that is over.
    public var key: @Sendable () async throws -> SSHKey
    /// Fetches the key from before the last rotation, for a server that does not accept the new one yet; nil if none is
    /// kept. Throws `notFound` or `unsupported` for the same.
    public var previousKey: (@Sendable () async throws -> SSHKey)?
    public var hosts: KnownHosts
    public var worker: Worker

    public init(
        hosts: KnownHosts, worker: Worker = Worker(),
        previousKey: (@Sendable () async throws -> SSHKey)? = nil,
        key: @escaping @Sendable () async throws -> SSHKey
    ) {
        self.key = key
        self.previousKey = previousKey
        self.hosts = hosts
        self.worker = worker
    }

    /// The program whose `GitWorker.main()` speaks to servers.
    public struct Worker: Sendable {
        public var executable: String
        /// After the program's own name.
        public var arguments: [String]

        /// By default, this program's hidden command.
        public init(executable: String = Self.thisProgram, arguments: [String] = ["git-worker"]) {
            self.executable = executable
            self.arguments = arguments
        }

        /// The running program's file. The kernel's link leads to it even when an upgrade has put another one at its path:
        /// a child is always the same program as its parent.
        /// https://man7.org/linux/man-pages/man5/proc_pid_exe.5.html
        public static let thisProgram = "/proc/self/exe"
    }
}
