import FoundationEssentials
import Git
import Glibc
import Model

// What Benchmarks/git.py measures: one commit of many files, pushed, through the registry's own code.
//
//     git-bench CACHE REMOTE CHANGES [KNOWN_HOSTS]     the key on standard input, for a remote behind SSH
//     git-bench git-worker                             the child that speaks SSH
//
// CHANGES holds 'PATH<tab>LENGTH<newline>' and the bytes, for one file after the other.
// Prints what each step took, in milliseconds: open, fetch, commit, push.

if CommandLine.arguments.dropFirst().first == "git-worker" { GitWorker.main() }
guard (4...5).contains(CommandLine.arguments.count) else {
    print("usage: git-bench CACHE REMOTE CHANGES [KNOWN_HOSTS]")
    exit(2)
}
let arguments = CommandLine.arguments

var changes: [TreeChange] = []
var rest = Array(try Data(contentsOf: URL(filePath: arguments[3])))[...]
while let end = rest.firstIndex(of: 0x0a) {
    let head = String(decoding: rest[..<end], as: UTF8.self).split(separator: "\t")
    guard head.count == 2, let length = Int(head[1]) else { break }
    let body = rest[(end + 1)...].prefix(length)
    changes.append(TreeChange(String(head[0]), .write(Array(body))))
    rest = rest[(end + 1 + length)...]
}

var access: SSHAccess?
if arguments.count == 5 {
    var hosts = KnownHosts()
    try hosts.add(String(contentsOf: URL(filePath: arguments[4]), encoding: .utf8), from: arguments[4])
    let key = Array(try FileHandleBytes.standardInput())
    access = SSHAccess(hosts: hosts) {
        var copy = key
        return try SSHKey(Secret(taking: &copy))
    }
}

var stopwatch = Stopwatch()
let author = try Author("Bench <bench@example.invalid>")
let registry = try await RegistryRepository.open(
    .init(cache: arguments[1], remote: RemoteAddress(arguments[2]), author: author, access: access))
var laps = [stopwatch.lap("open")]
let tip = try await registry.fetch(["main"])["main"] ?? nil
laps.append(stopwatch.lap("fetch"))
if !changes.isEmpty {
    let commit = try await registry.commit(
        CommitRequest(
            parent: tip, message: "Change \(changes.count) files", author: author,
            date: Timestamp(seconds: Int(time(nil))), changes: changes))
    laps.append(stopwatch.lap("commit"))
    guard let commit, try await registry.push(commit, to: "main", expecting: tip) == .pushed else {
        print("nothing was pushed")
        exit(1)
    }
    laps.append(stopwatch.lap("push"))
}
print(laps.joined(separator: "\n"))

/// Times one step after the other.
struct Stopwatch {
    private var last = ContinuousClock.now

    mutating func lap(_ name: String) -> String {
        let span = last.duration(to: .now)
        last = .now
        return "\(name) \(Double(span.components.seconds) * 1e3 + Double(span.components.attoseconds) / 1e15)"
    }
}

enum FileHandleBytes {
    /// All that standard input holds.
    static func standardInput() throws -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(STDIN_FILENO, &buffer, buffer.count)
            guard count > 0 else { return bytes }
            bytes += buffer[..<count]
        }
    }
}
