import CPosix
import Files
import FoundationEssentials
import Glibc
import Model

/// What a worker may reach of the file system: the system's own files, its cache, its folders, certificates and wheels that
/// the configuration names. The rest, all of the user's files among it, is closed to it and to uv, by the kernel's Landlock.
///
/// The parent works out what may be reached and says it in the worker's environment; the worker shuts itself in before it
/// has a second thread, and reads strangers' input only then. Where the kernel has no Landlock, nothing is shut.
/// https://docs.kernel.org/userspace-api/landlock.html
public struct WorkerSandbox: Sendable, Hashable {
    /// What may be done at a path and below it.
    enum Use: Character, Sendable {
        case read = "r"
        /// Read, and run as a program.
        case run = "x"
        /// All but running what is there.
        case write = "w"
    }

    private struct Rule: Sendable, Hashable {
        let use: Use
        let path: String
    }

    /// The variable in which a worker is told its rules.
    static let variable = "STRATA_WORKER_MAY"

    private var rules: [Rule] = []

    /// Programs, libraries, certificates, names and the processors' number, as systems have them. Nothing of a user.
    private static let system: [(Use, [String])] = [
        (
            .run,
            [
                "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/opt", "/nix/store", "/gnu/store", "/snap",
                "/var/lang", "/var/runtime",
            ]
        ),
        (
            .read,
            [
                "/etc", "/proc", "/sys/fs/cgroup", "/sys/devices/system/cpu", "/run/systemd/resolve", "/run/resolvconf",
                "/run/NetworkManager", "/run/nscd", "/var/lib/ca-certificates", "/dev/urandom", "/dev/random",
                "/dev/zero",
            ]
        ),
        (.write, ["/dev/null"]),
    ]

    init() {
        for (use, paths) in Self.system { for path in paths { allow(use, path) } }
    }

    /// What every request needs.
    /// - Parameters:
    ///   - environment: the worker's.
    ///   - folder: an empty one, for what is thrown away.
    init(environment: [String: String], index: IndexSettings, cache: String, folder: String) {
        self.init()
        for name in ["SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE", "NETRC"] {
            if let path = environment[name] { allow(.read, path) }
        }
        for path in [cache, folder] + [environment["UV_CACHE_DIR"]].compactMap(\.self) { allow(.write, path) }
        for source in index.findLinks + index.extra + [index.defaultIndex].compactMap(\.self) {
            allow(wheelsAt: source)
        }
    }

    mutating func allow(_ use: Use, _ path: String) {
        guard !path.isEmpty, !path.contains("\t") else { return }
        let isWhole = path.hasPrefix("/")
        let rule = Rule(use: use, path: isWhole ? path : "\(FileManager.default.currentDirectoryPath)/\(path)")
        if !rules.contains(rule) { rules.append(rule) }
    }

    /// A folder or a file by its path or its `file:` URL, which may have a name: `local=file:///srv/wheels`. What is at
    /// another address is not a file.
    mutating func allow(wheelsAt source: String) {
        let unnamed = source.split(separator: "=", maxSplits: 1).last.map(String.init) ?? source
        let source = unnamed.hasPrefix("file:") ? unnamed : source
        guard source.hasPrefix("file:") || source.hasPrefix("/") else { return }
        let path = source.hasPrefix("/") ? source : URL(string: source)?.path ?? ""
        // Nobody means the whole disk.
        if path.count > 1 { allow(.read, path) }
    }

    /// Uv, and the Python that it is handed: the program, what it is a link to, and what belongs to the installation.
    ///
    /// A program that is a script hands on to another: then all of the tool that put it there may be run.
    mutating func allow(program path: String, isPython: Bool = false) {
        for file in [path, realpath(path, nil).map { String(taking: $0) }].compactMap(\.self) {
            allow(.run, file)
            let installation = Path.parent(of: Path.parent(of: file))
            if isPython { for part in ["lib", "lib64", "pyvenv.cfg"] { allow(.run, "\(installation)/\(part)") } }
            if Self.isScript(file), installation.count > 1, installation != ProcessInfo.processInfo.environment["HOME"]
            {
                allow(.run, installation)
            }
        }
    }

    /// An interpreter that compiles.
    mutating func allow(_ interpreter: Interpreter) {
        for path in [interpreter.executable, interpreter.standard, interpreter.modules] { allow(.run, path) }
        for path in interpreter.libraries.values.sorted() { allow(.run, path) }
    }

    private static func isScript(_ path: String) -> Bool {
        do { return try OpenFile(path).read(2, at: 0) == Array("#!".utf8) } catch { return false }
    }

    /// For the worker's environment.
    var text: String { rules.map { "\($0.use.rawValue)\($0.path)" }.joined(separator: "\t") }

    private init(text: String) {
        rules = text.split(separator: "\t").compactMap { line in
            line.first.flatMap(Use.init).map { Rule(use: $0, path: String(line.dropFirst())) }
        }
    }

    /// Shuts this process in, if its environment says how and the kernel can. Has to be called before there is a second
    /// thread, which would stay outside.
    ///
    /// - Throws: `tool` if the kernel offers it and it fails: then strangers' input must not be read.
    public static func enter(environment: [String: String] = ProcessInfo.processInfo.environment) throws(StrataError) {
        let version = cposix_landlock_version()
        guard version > 0, let text = environment[variable] else { return }
        func check(_ failure: Int32) throws(StrataError) {
            guard failure != 0 else { return }
            throw StrataError(.tool, "the worker cannot be shut in: \(String(cString: strerror(failure)))")
        }
        let rules = cposix_landlock_rules(version)
        guard rules >= 0 else { return try check(errno) }
        defer { close(rules) }
        for rule in WorkerSandbox(text: text).rules {
            try check(cposix_landlock_allow(rules, version, rule.path, rule.use.number))
        }
        try check(cposix_landlock_enter(rules))
    }

    /// Whether this machine's kernel can keep a process from connecting to others over TCP.
    static var closesConnections: Bool { cposix_landlock_version() >= 4 }

    /// Whether this machine's kernel can shut a worker in.
    public static var isOffered: Bool { cposix_landlock_version() > 0 }

    /// How far this machine's kernel shuts a worker in, for people.
    public static var offered: String {
        let version = cposix_landlock_version()
        guard version > 0 else {
            return
                "not offered by this kernel (no Landlock): the worker has no credentials, but can read the user's files"
        }
        let lacking = [
            version < 3 ? "truncating files" : nil, version < 4 ? "listening" : nil, version < 6 ? "signals" : nil,
        ].compactMap(\.self)
        return "Landlock \(version): the worker reaches its cache and the system's own files only"
            + (lacking.isEmpty ? "" : "; this kernel cannot forbid \(lacking.joined(separator: ", "))")
    }
}

extension WorkerSandbox.Use {
    fileprivate var number: Int32 {
        switch self {
        case .read: Int32(cposix_landlock_reads)
        case .run: Int32(cposix_landlock_runs)
        case .write: Int32(cposix_landlock_writes)
        }
    }
}

extension String {
    /// Takes over what the C library has made.
    fileprivate init(taking text: UnsafeMutablePointer<CChar>) {
        self.init(cString: text)
        free(text)
    }
}
