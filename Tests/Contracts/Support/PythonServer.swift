import Foundation
import Model

/// One of the servers in `Tests/Servers`, in a child process that ends when this does, or when the test dies.
public final class PythonServer: Sendable {
    public let port: Int
    private let process: Process
    private let lifeline: Pipe

    public static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..")
        .standardized

    /// The interpreter of the environment that has the servers' modules in it.
    public static func interpreter() throws -> String {
        let named = ProcessInfo.processInfo.environment["STRATA_TEST_PYTHON"]
        let path = named ?? root.appending(path: ".venv/bin/python").path(percentEncoded: false)
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw StrataError(
                .tool, "these tests need \(path)",
                hint: "make it with 'make build-tests', or name another interpreter in STRATA_TEST_PYTHON")
        }
        return path
    }

    /// A process of one of the scripts there, before it is started.
    private static func process(_ script: String, _ arguments: [String]) throws -> Process {
        let process = Process()
        process.executableURL = URL(filePath: try interpreter())
        process.arguments =
            ["-B", root.appending(path: "Tests/Servers/\(script)").path(percentEncoded: false)] + arguments
        return process
    }

    /// Runs a script to its end.
    ///
    /// - Parameter environment: besides the test's own.
    /// - Returns: what it printed.
    public static func run(_ script: String, _ arguments: [String], environment: [String: String] = [:]) throws
        -> String
    {
        let process = try process(script, arguments)
        let output = Pipe()
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardOutput = output
        try process.run()
        let printed = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw StrataError(.tool, "\(script) failed") }
        return printed
    }

    /// - Throws: `tool` if the script does not print a port.
    public init(_ script: String, _ arguments: [String] = []) throws {
        process = try Self.process(script, arguments)
        lifeline = Pipe()
        let output = Pipe()
        process.standardInput = lifeline
        process.standardOutput = output
        try process.run()
        let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        guard let port = Int(line.trimmingCharacters(in: .whitespacesAndNewlines)) else {
            throw StrataError(.tool, "\(script) did not start")
        }
        self.port = port
    }

    public var url: String { "http://127.0.0.1:\(port)" }

    deinit { stop() }

    /// Ends the server, and waits for its end; does nothing the second time.
    public func stop() {
        try? lifeline.fileHandleForWriting.close()
        process.waitUntilExit()
    }
}
