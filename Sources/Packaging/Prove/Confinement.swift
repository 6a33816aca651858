import CPosix
import Files
import FoundationEssentials
import Glibc
import Model

/// What strangers' code runs in: a process that imports a layer, or builds a source distribution, and must reach nothing.
///
/// The parent works it out and says it in the child's environment; the child, which is this same program, shuts itself in
/// before it has a second thread, runs the program in a process of its own, and ends it when its own input ends, which is
/// when the parent is gone.
public struct Confinement: Sendable, Hashable, Codable {
    package enum Kind: String, Sendable, Codable, CaseIterable {
        /// A root of its own, which holds nothing but what is named; no network, no other process, no rights. By namespaces
        /// of the kernel, and by Landlock where it is offered.
        /// https://man7.org/linux/man-pages/man7/user_namespaces.7.html
        case root
        /// The files of the machine, as far as they are named; no TCP. By Landlock alone.
        case landlock
    }

    /// A file or folder that the program sees, read only.
    struct Shown: Sendable, Hashable, Codable {
        let source: String
        /// In the root; nothing moves under `landlock`.
        let path: String
    }

    let kind: Kind
    /// An empty folder: where the root is made, or the program's own temporary files are.
    let folder: String
    let shown: [Shown]
    /// Small files of the root.
    let files: [String: String]
    /// The program's path, as it sees it, and its arguments.
    let command: [String]
    let environment: [String: String]
    let limits: Limits

    /// What the program and what it starts may use, each process for itself.
    struct Limits: Sendable, Hashable, Codable {
        var processorSeconds: UInt64 = 600
        var memory: UInt64 = 6 << 30
        var fileSize: UInt64 = 512 << 20
        var files: UInt64 = 1024
        var processes: UInt64 = 1024
    }

    static let variable = "STRATA_PROBE"
    /// What the child ends with if the kernel does not let it make a root.
    static let refusedStatus: Int32 = 77
    /// The first lines of a child's complaint are about the confinement itself.
    static let failedStatus: Int32 = 78

    /// Shuts this process in and runs the program, if its environment says so: then it does not return. Has to be called
    /// before there is a second thread.
    public static func enter(environment: [String: String] = ProcessInfo.processInfo.environment) {
        guard let text = environment[variable] else { return }
        guard let confinement = try? JSONDecoder().decode(Confinement.self, from: Data(text.utf8)) else {
            complain("the probe's orders cannot be read")
            _exit(failedStatus)
        }
        signal(SIGPIPE, SIG_IGN)
        _exit(confinement.run())
    }

    private struct Failure: Error {
        let text: String
        let status: Int32
    }

    private static func complain(_ text: String) {
        let line = Array("strata probe: \(text)\n".utf8)
        _ = write(2, line, line.count)
    }

    private func run() -> Int32 {
        do throws(Failure) {
            let changesUser = if kind == .root { try makeRoot() } else { false }
            return supervise(try begin(changingUser: changesUser))
        } catch {
            Self.complain(error.text)
            return error.status
        }
    }

    private func check(
        _ failure: Int32, _ what: String, _ status: Int32 = Confinement.failedStatus
    ) throws(Failure) {
        guard failure != 0 else { return }
        throw Failure(text: "\(what): \(String(cString: strerror(failure)))", status: status)
    }

    // MARK: - The root

    /// - Returns: whether the program has to become another user.
    private func makeRoot() throws(Failure) -> Bool {
        let (user, group) = (geteuid(), getegid())
        let mapping = UserMapping()
        try check(cposix_leave_namespaces(), "namespaces cannot be made", Self.refusedStatus)
        let changesUser = mapping.isMade()
        if !changesUser {
            try put("deny", "/proc/self/setgroups")
            try put("\(UserMapping.user) \(user) 1", "/proc/self/uid_map")
            try put("\(UserMapping.group) \(group) 1", "/proc/self/gid_map")
        }
        try check(cposix_mount_privately(), "mounts cannot be kept apart", Self.refusedStatus)
        try check(cposix_mount_memory(folder, "size=64m,mode=755"), "a root cannot be made", Self.refusedStatus)
        for path in ["/tmp", "/proc", "/dev", "/var/task", "/var/runtime", "/opt", "/lib64", "/usr", "/sbin", "/etc"] {
            try makeFolder(path)
        }
        for (link, target) in [("/lib", "lib64"), ("/usr/lib64", "../lib64"), ("/usr/lib", "../lib64")] {
            if symlink(target, folder + link) != 0 { try check(errno, "\(link) cannot be made") }
        }
        for (path, text) in files.sorted(by: { $0.key < $1.key }) {
            try makeFolder(Path.parent(of: path))
            try put(text, folder + path, making: true)
        }
        for file in shown { try show(file.source, file.path) }
        for name in ["null", "zero", "full", "random", "urandom"] {
            try show("/dev/\(name)", "/dev/\(name)", isDevice: true)
        }
        try check(cposix_mount_memory(folder + "/tmp", "size=512m,mode=1777"), "/tmp cannot be made")
        return changesUser
    }

    private func makeFolder(_ path: String) throws(Failure) {
        do {
            try Folder.make(folder + path, mode: 0o755)
        } catch {
            throw Failure(text: "\(error)", status: Self.failedStatus)
        }
    }

    private func put(_ text: String, _ path: String, making: Bool = false) throws(Failure) {
        let flags = making ? O_WRONLY | O_CREAT | O_EXCL : O_WRONLY
        let file = cposix_open(path, flags | O_CLOEXEC, 0o644)
        guard file >= 0 else { return try check(errno, "'\(path)' cannot be opened", Self.refusedStatus) }
        defer { close(file) }
        let bytes = Array(text.utf8)
        guard write(file, bytes, bytes.count) == bytes.count else {
            return try check(errno, "'\(path)' cannot be written", Self.refusedStatus)
        }
    }

    private func show(_ source: String, _ path: String, isDevice: Bool = false) throws(Failure) {
        var status = stat()
        guard stat(source, &status) == 0 else { return }
        if status.st_mode & S_IFMT == S_IFDIR {
            try makeFolder(path)
        } else {
            try makeFolder(Path.parent(of: path))
            try put("", folder + path, making: true)
        }
        try check(cposix_mount_again(source, folder + path, isDevice ? 0 : 1), "'\(source)' cannot be shown")
    }

    // MARK: - The program

    /// Starts the program in a process of its own, the first one of its namespace.
    private func begin(changingUser: Bool) throws(Failure) -> pid_t {
        let child = cposix_fork()
        if child > 0 { return child }
        guard child == 0 else { throw Failure(text: "no process can be made", status: Self.failedStatus) }
        do throws(Failure) {
            try check(cposix_die_with_parent(SIGKILL), "the probe cannot be tied to its parent")
            if kind == .root { try enterRoot() } else { _ = chdir(folder) }
            if changingUser {
                try check(UserMapping.become(), "the probe cannot change its user")
                // That had been forgotten with the user.
                try check(cposix_die_with_parent(SIGKILL), "the probe cannot be tied to its parent")
            }
            try restrict()
            let error = execute(command)
            throw Failure(text: "'\(command[0])' cannot be run: \(error)", status: Self.failedStatus)
        } catch {
            Self.complain(error.text)
            _exit(error.status)
        }
    }

    private func enterRoot() throws(Failure) {
        // Where it may not be mounted, there is none: nobody else's processes are shown.
        _ = cposix_mount_processes(folder + "/proc")
        try check(cposix_enter_root(folder), "the root cannot be entered")
        // `ctypes.util.find_library` asks it.
        if access("/sbin/ldconfig", X_OK) == 0 {
            let child = cposix_fork()
            if child == 0 { _exit(execute(["/sbin/ldconfig", "-X"]).isEmpty ? 0 : 1) }
            if child > 0 { waitpid(child, nil, 0) }
        }
        try check(cposix_make_root_readable_only(), "the root cannot be closed")
    }

    private func restrict() throws(Failure) {
        let version = cposix_landlock_version()
        try check(cposix_renounce_rights(), "rights cannot be renounced")
        if version > 0 {
            let rules = cposix_landlock_offline_rules(version)
            guard rules >= 0 else { return try check(errno, "the probe cannot be shut in") }
            defer { close(rules) }
            var allowed: [(String, Int)] = [("/dev/null", cposix_landlock_writes)]
            switch kind {
            case .root:
                allowed += [("/", cposix_landlock_reads), ("/tmp", cposix_landlock_writes)]
                allowed += ["/var/lang", "/lib64", "/opt", "/bin", "/sbin"].map { ($0, cposix_landlock_runs) }
            case .landlock:
                allowed += shown.map { ($0.source, cposix_landlock_runs) }
                allowed += [(folder, cposix_landlock_writes)]
                allowed += ["/dev/urandom", "/dev/random", "/dev/zero"].map { ($0, cposix_landlock_reads) }
            }
            for (path, use) in allowed {
                try check(cposix_landlock_allow(rules, version, path, Int32(use)), "'\(path)' cannot be allowed")
            }
            try check(cposix_landlock_enter(rules), "the probe cannot be shut in")
        }
        let limits: [(Int, UInt64)] = [
            (cposix_limit_cpu, limits.processorSeconds), (cposix_limit_data, limits.memory),
            (cposix_limit_file, limits.fileSize), (cposix_limit_files, limits.files),
            (cposix_limit_processes, limits.processes), (cposix_limit_core, 0),
        ]
        // A machine whose own limits are lower keeps them.
        for (resource, most) in limits { _ = cposix_limit(Int32(resource), most) }
        cposix_close_from(3)
    }

    /// - Returns: why it failed.
    private func execute(_ command: [String]) -> String {
        var arguments: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
        var variables: [UnsafeMutablePointer<CChar>?] =
            environment.sorted { $0.key < $1.key }.map { strdup("\($0.key)=\($0.value)") } + [nil]
        execve(command[0], &arguments, &variables)
        return String(cString: strerror(errno))
    }

    /// Waits for the program, and ends it when the parent is gone.
    private func supervise(_ child: pid_t) -> Int32 {
        let process = cposix_process(child)
        var waiting = [
            pollfd(fd: 0, events: Int16(POLLIN), revents: 0), pollfd(fd: process, events: Int16(POLLIN), revents: 0),
        ]
        var byte: UInt8 = 0
        while process >= 0 {
            if poll(&waiting, 2, -1) < 0, errno != EINTR { break }
            if waiting[1].revents != 0 { break }
            if waiting[0].revents != 0, read(0, &byte, 1) <= 0 {
                kill(child, SIGKILL)
                break
            }
        }
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0, errno == EINTR {}
        return status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
    }
}
