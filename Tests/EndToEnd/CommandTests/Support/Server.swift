import FoundationEssentials
import Subprocess
import Testing

/// The servers of `Tests/Servers`: each prints its port, and ends when its standard input does.
enum Server {
    /// What is said to a running server, and what it says.
    struct Talk {
        let say: (String) async throws -> Void
        let nextLine: () async throws -> String
    }

    /// Runs a server for as long as `body` does.
    static func run<Value: Sendable>(
        _ script: String, _ arguments: [String] = [], _ body: @Sendable (_ port: Int) async throws -> Value
    ) async throws -> Value {
        try await talk(script, arguments) { port, _ in try await body(port) }
    }

    /// Runs a server that also listens to its standard input.
    static func talk<Value: Sendable>(
        _ script: String, _ arguments: [String] = [],
        _ body: @Sendable (_ port: Int, _ talk: Talk) async throws -> Value
    ) async throws -> Value {
        let path = "\(Program.root)/Tests/Servers/\(script)"
        return try await Subprocess.run(
            Program.python.contains("/") ? .path(.init(Program.python)) : .name(Program.python),
            arguments: Arguments(["-B", path] + arguments), input: .inputWriter, output: .sequence,
            error: .discarded
        ) { execution in
            var lines = execution.standardOutput.strings().makeAsyncIterator()
            let first = try await lines.next()
            let port = try #require(
                first.flatMap { Int($0.filter { !$0.isWhitespace }) },
                "\(script) did not start: its modules come with 'make test-e2e'")
            let talk = Talk(
                say: { _ = try await execution.standardInputWriter.write($0 + "\n") },
                nextLine: { try #require(try await lines.next(), "\(script) has ended") })
            let value = try await body(port, talk)
            try await execution.standardInputWriter.finish()
            return value
        }.closureResult
    }
}
