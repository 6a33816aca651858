import Foundation
import Git
import Model
import Testing

/// A temporary folder with the git command line in it; removed with its last reference.
final class Workplace: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "strata-git-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func path(_ name: String) -> String { path + "/" + name }

    func write(_ name: String, _ text: String) throws {
        let file = URL(filePath: path(name))
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }

    func read(_ name: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(filePath: path(name))), as: UTF8.self)
    }

    /// Runs a command in the folder and returns what it printed, standard error included; fails unless it succeeds.
    @discardableResult
    func run(_ command: String..., input: String? = nil, environment: [String: String] = [:]) throws -> String {
        let (status, text) = try attempt(command, input: input, environment: environment)
        guard status == 0 else { throw CommandFailure(command: command, status: status, text: text) }
        return text
    }

    func attempt(
        _ command: [String], input: String? = nil, environment: [String: String] = [:]
    ) throws -> (status: Int32, text: String) {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = command
        process.currentDirectoryURL = URL(filePath: path)
        var variables = [
            "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin", "HOME": path,
            "GIT_CONFIG_NOSYSTEM": "1", "GIT_AUTHOR_NAME": "Somebody", "GIT_AUTHOR_EMAIL": "somebody@example.invalid",
            "GIT_COMMITTER_NAME": "Somebody", "GIT_COMMITTER_EMAIL": "somebody@example.invalid", "LC_ALL": "C",
        ]
        variables.merge(environment) { $1 }
        process.environment = variables
        // Files, not pipes: nothing has to be drained, and nothing can block.
        let output = path("out-\(UUID().uuidString)")
        try Data().write(to: URL(filePath: output))
        let handle = try #require(FileHandle(forWritingAtPath: output))
        process.standardOutput = handle
        process.standardError = handle
        if let input {
            let file = path("in-\(UUID().uuidString)")
            try Data(input.utf8).write(to: URL(filePath: file))
            process.standardInput = FileHandle(forReadingAtPath: file)
            // It is open: nothing of it need lie about, and some of it is a key.
            try FileManager.default.removeItem(atPath: file)
        } else {
            process.standardInput = FileHandle.nullDevice
        }
        try process.run()
        process.waitUntilExit()
        try handle.close()
        let text = String(decoding: try Data(contentsOf: URL(filePath: output)), as: UTF8.self)
        try FileManager.default.removeItem(atPath: output)
        return (process.terminationStatus, text.trimmingCharacters(in: .whitespacesAndNewlines))
    }
}

struct CommandFailure: Error {
    let command: [String]
    let status: Int32
    let text: String
}

extension Workplace {
    /// A bare repository named `remote.git`, and the registry opened on it.
    func registry(cache: String = "cache", note: @escaping @Sendable (String) -> Void = { _ in }) async throws
        -> RegistryRepository
    {
        try RegistryRepository.createIfMissing(path("remote.git"))
        return try await RegistryRepository.open(
            .init(cache: path(cache), remote: try RemoteAddress(path("remote.git")), author: try .tests(), note: note))
    }

    /// Commits files to a branch of `remote.git` as somebody else would, with the command line.
    @discardableResult
    func commitElsewhere(_ files: [String: String], branch: String = "main", message: String = "Elsewhere") throws
        -> String
    {
        let clone = "elsewhere-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path(clone)) }
        try run("git", "clone", "-q", "-b", branch, path("remote.git"), clone)
        for (name, text) in files { try write(clone + "/" + name, text) }
        try run("git", "-C", clone, "add", "-A")
        try run("git", "-C", clone, "commit", "-q", "-m", message)
        try run("git", "-C", clone, "push", "-q", "origin", branch)
        return try run("git", "-C", clone, "rev-parse", "HEAD")
    }

    func files(_ branch: String = "main") throws -> [String] {
        try run("git", "-C", "remote.git", "ls-tree", "-r", "--name-only", branch).split(separator: "\n").map(
            String.init)
    }

    func text(_ file: String, _ branch: String = "main") throws -> String {
        try run("git", "-C", "remote.git", "show", "\(branch):\(file)")
    }

    func count(_ branch: String = "main") throws -> Int {
        try #require(Int(try run("git", "-C", "remote.git", "rev-list", "--count", branch)))
    }

    /// What git itself thinks of the remote: nothing to complain about, and a plain clone works.
    func expectSound(branch: String = "main") throws {
        let report = try run("git", "-C", "remote.git", "fsck", "--strict", "--full", "--no-dangling")
        let complaints = report.split(separator: "\n").filter { !$0.hasPrefix("notice: HEAD points to an unborn") }
        #expect(complaints == [])
        try run("git", "clone", "-q", "-b", branch, path("remote.git"), "clone-\(UUID().uuidString)")
    }
}

/// Gathers what a callback is told.
final class Notes: @unchecked Sendable {
    // Proof: `lines` is only touched inside `lock`.
    private let lock = NSLock()
    private var lines: [String] = []
    func add(_ line: String) { lock.withLock { lines.append(line) } }
    var all: [String] { lock.withLock { lines } }
}
