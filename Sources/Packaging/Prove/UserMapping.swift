import CPosix
import Glibc

/// Who a confined program is: Lambda's functions run as user 993.
///
/// Without rights of its own outside, no process can be more than one user in its namespace. Root's processes are counted
/// against no limit, so where root runs this, the program becomes somebody else, who is `nobody` outside. A helper says so,
/// which stays outside and keeps its rights there.
/// https://man7.org/linux/man-pages/man7/user_namespaces.7.html
struct UserMapping {
    static let user: uid_t = 993
    static let group: gid_t = 990
    private static let nobody = 65_534

    /// The helper, and where it is told to begin; nil if there is none.
    private let helper: (process: pid_t, begin: Int32)?

    /// To be made before the namespaces are.
    init() { helper = geteuid() == 0 ? Self.start() : nil }

    private static func start() -> (process: pid_t, begin: Int32)? {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        let parent = getpid()
        let process = cposix_fork()
        if process == 0 {
            close(ends[1])
            var byte: UInt8 = 0
            let isTold = read(ends[0], &byte, 1) == 1
            _exit(
                isTold && write("0 0 1\n\(group) \(nobody) 1\n", to: "/proc/\(parent)/gid_map")
                    && write("0 0 1\n\(user) \(nobody) 1\n", to: "/proc/\(parent)/uid_map") ? 0 : 1)
        }
        close(ends[0])
        guard process > 0 else {
            close(ends[1])
            return nil
        }
        return (process, ends[1])
    }

    private static func write(_ text: String, to path: String) -> Bool {
        let file = cposix_open(path, O_WRONLY | O_CLOEXEC, 0)
        guard file >= 0 else { return false }
        defer { close(file) }
        let bytes = Array(text.utf8)
        return Glibc.write(file, bytes, bytes.count) == bytes.count
    }

    /// To be called when the namespaces are there.
    /// - Returns: whether this process is their root now, and can become the program's user.
    func isMade() -> Bool {
        guard let helper else { return false }
        var byte: UInt8 = 1
        _ = Glibc.write(helper.begin, &byte, 1)
        close(helper.begin)
        var status: Int32 = 0
        while waitpid(helper.process, &status, 0) < 0, errno == EINTR {}
        return status == 0
    }

    /// Makes this process the program's user, for good.
    /// - Returns: 0, or why not.
    static func become() -> Int32 {
        setgroups(0, nil) == 0 && setgid(group) == 0 && setuid(user) == 0 ? 0 : errno
    }
}
