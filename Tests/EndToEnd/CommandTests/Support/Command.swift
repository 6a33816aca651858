import FoundationEssentials
import Subprocess
import Testing

/// What a command came to.
struct Outcome: Sendable {
    let status: TerminationStatus
    /// Standard output.
    let output: String
    /// Standard error.
    let error: String

    /// The exit code; nil if a signal ended it.
    var code: Int32? { if case .exited(let code) = status { code } else { nil } }
    /// The lines of standard error that begin with `error:`.
    var errors: [String] { error.split(separator: "\n").map(String.init).filter { $0.hasPrefix("error: ") } }
}

/// Any program, in a folder, with an environment of its own.
struct Command: Sendable {
    let arguments: [String]
    let environment: [String: String]
    let folder: String

    /// Runs to the end.
    func run() async throws -> Outcome {
        let result = try await Subprocess.run(
            executable, arguments: Arguments(Array(arguments.dropFirst())), environment: custom,
            workingDirectory: .init(folder), output: .string(limit: 16 << 20), error: .string(limit: 16 << 20))
        return Outcome(
            status: result.terminationStatus, output: result.standardOutput, error: result.standardError)
    }

    /// Sends a signal as soon as a line of standard error contains `mark`.
    /// - Returns: the outcome, once everything that wrote to standard error has ended.
    func run(sending signal: Signal, at mark: String) async throws -> Outcome {
        let result = try await Subprocess.run(
            executable, arguments: Arguments(Array(arguments.dropFirst())), environment: custom,
            workingDirectory: .init(folder), input: .none, output: .discarded, error: .sequence
        ) { execution in
            var text = ""
            var isSent = false
            for try await line in execution.standardError.strings() {
                text += line + "\n"
                if !isSent, line.contains(mark) {
                    try execution.send(signal: signal)
                    isSent = true
                }
            }
            return (text, isSent)
        }
        #expect(result.closureResult.1, "no line said '\(mark)':\n\(result.closureResult.0)")
        return Outcome(status: result.terminationStatus, output: "", error: result.closureResult.0)
    }

    /// Runs on from the line of standard error that contains `mark`, for as long as `body` does; then it is killed.
    func whileRunning(from mark: String, _ body: @Sendable () async throws -> Void) async throws {
        let result = try await Subprocess.run(
            executable, arguments: Arguments(Array(arguments.dropFirst())), environment: custom,
            workingDirectory: .init(folder), input: .none, output: .discarded, error: .sequence
        ) { execution in
            var isReached = false
            for try await line in execution.standardError.strings() where line.contains(mark) {
                isReached = true
                break
            }
            // It may be waiting in a call that no other signal ends.
            defer { try? execution.send(signal: .kill) }
            if isReached { try await body() }
            return isReached
        }
        #expect(result.closureResult, "no line said '\(mark)'")
    }

    private var executable: Executable {
        arguments[0].contains("/") ? .path(.init(arguments[0])) : .name(arguments[0])
    }

    private var custom: Environment {
        .custom(
            Dictionary(uniqueKeysWithValues: environment.map { (Environment.Key(stringLiteral: $0.key), $0.value) }))
    }
}
