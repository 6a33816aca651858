import Foundation
import Model

/// One of the servers in `Tests/Servers`, in a child process that ends when this does, or when the test dies.
final class PythonServer: Sendable {
    let port: Int
    private let process: Process
    private let lifeline: Pipe

    private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..")
        .standardized

    /// The interpreter of the environment that has moto in it.
    private static func interpreter() throws -> String {
        let named = ProcessInfo.processInfo.environment["STRATA_TEST_PYTHON"]
        let path = named ?? root.appending(path: ".venv/bin/python").path(percentEncoded: false)
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw StrataError(
                .tool, "the tests against AWS's stand-in need \(path)",
                hint: "make it with 'make venv', or name another interpreter in STRATA_TEST_PYTHON")
        }
        return path
    }

    init(_ script: String, _ arguments: [String] = []) throws {
        process = Process()
        lifeline = Pipe()
        let output = Pipe()
        process.executableURL = URL(filePath: try Self.interpreter())
        process.arguments =
            ["-B", Self.root.appending(path: "Tests/Servers/\(script)").path(percentEncoded: false)] + arguments
        process.standardInput = lifeline
        process.standardOutput = output
        try process.run()
        let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        guard let port = Int(line.trimmingCharacters(in: .whitespacesAndNewlines)) else {
            throw StrataError(.tool, "\(script) did not start")
        }
        self.port = port
    }

    var url: String { "http://127.0.0.1:\(port)" }

    deinit {
        try? lifeline.fileHandleForWriting.close()
        process.waitUntilExit()
    }
}
