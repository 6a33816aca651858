import Model
import Subprocess
import Tasks

/// Secrets that a program prints: `cmd:COMMAND[:ARGUMENT]`, and 1Password's own references, `op://VAULT/ITEM/FIELD`.
///
/// A reference chooses among the commands that the configuration lists, and can fill in one argument of them; there is
/// no shell. What the program prints goes from a pipe into locked memory, byte for byte.
public struct CommandSecrets: SecretStore {
    public let scheme: String
    private let commands: [String: [String]]
    private let environment: [String: String]
    private let folder: String
    private let deadline: Duration

    /// - Parameters:
    ///   - scheme: `cmd`, or `op` for the command of that name, whose argument is the whole reference.
    ///   - commands: by name, a program and its arguments; `{}` in an argument is filled in by the reference.
    ///   - environment: what the program gets, whole: such programs need their home, their path and their own settings.
    ///   - folder: where the program runs.
    ///   - deadline: how long it may take.
    public init(
        scheme: String = "cmd", commands: [String: [String]], environment: [String: String], folder: String = ".",
        deadline: Duration = .seconds(60)
    ) {
        self.scheme = scheme
        self.commands = commands
        self.environment = environment
        self.folder = folder
        self.deadline = deadline
    }

    /// - Throws: `configuration` for a command that is not listed or an argument that does not fit, `tool` if the program
    ///   fails, `timedOut`, and `notFound` if it prints nothing.
    public func fetch(_ reference: SecretReference) async throws -> Secret {
        let words = try words(of: reference)
        let program = words[0].printable(200)
        do {
            let printed = try await withDeadline(
                deadline,
                late: StrataError(.timedOut, "'\(program)' did not end within \(deadline.components.seconds) s")
            ) { try await run(words) }
            guard printed.isSuccess else {
                throw StrataError(.tool, "'\(program)' failed: \(printed.complaint)")
            }
            let secret = try printed.secret.take()
            guard secret.count > 0 else { throw StrataError(.notFound, "'\(program)' printed nothing") }
            return secret
        } catch {
            let isForeign = !(error is StrataError)
            var error = StrataError.wrapping(error, .tool, "'\(program)' could not be run")
            if isForeign, error.code == .tool { error.hint = "see that it is installed, and along PATH" }
            error.message = "'\(reference)': \(error.message)"
            throw error
        }
    }

    public func store(_ secret: borrowing Secret, as reference: SecretReference) async throws {
        throw StrataError(
            .unsupported, "'\(reference)' cannot be written: it is what a program prints",
            hint: "store the secret with that program, or keep it where Strata can write")
    }

    /// The program and its arguments.
    private func words(of reference: SecretReference) throws(StrataError) -> [String] {
        let parts = reference.name.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let name = reference.command ?? ""
        let argument = scheme == "op" ? reference.description : parts.count > 1 ? String(parts[1]) : nil
        func refuse(_ why: String, _ hint: String) -> StrataError {
            StrataError(.configuration, "'\(reference)': \(why)", hint: hint)
        }
        guard let command = commands[name], let program = command.first else {
            throw refuse(
                "'secrets.commands' lists no command '\(name)'",
                name == "op"
                    ? #"write 'secrets: { commands: { op: [op, read, --no-newline, "{}"] } }'"#
                    : Suggestion.hint(for: name, among: commands.keys.sorted()) ?? "list the command there")
        }
        let hasPlace = command.dropFirst().contains { $0.contains("{}") }
        guard hasPlace == (argument != nil) else {
            throw hasPlace
                ? refuse("the command '\(name)' wants an argument", "write 'cmd:\(name):ARGUMENT'")
                : refuse("the command '\(name)' takes no argument", "write '{}' where the argument is to go")
        }
        // It is to be an argument, and must not become an option.
        guard let argument else { return command }
        guard !argument.isEmpty, !argument.hasPrefix("-") else {
            throw refuse("an argument may be neither empty nor an option", "leave out the '-' at its beginning")
        }
        return [program] + command.dropFirst().map { $0.replacing("{}", with: argument) }
    }

    private struct Printed: Sendable {
        let isSuccess: Bool
        let secret: SecretBox
        /// How it ended, and what it said of that.
        let complaint: String
    }

    private func run(_ words: [String]) async throws -> Printed {
        let pipes = try ProgramPipes()
        async let taken = pipes.take()
        let status: TerminationStatus
        do {
            let variables = environment.map { (Environment.Key(stringLiteral: $0.key), $0.value) }
            status = try await Subprocess.run(
                words[0].contains("/") ? .path(.init(words[0])) : .name(words[0]),
                arguments: Arguments(Array(words.dropFirst())),
                environment: .custom(Dictionary(uniqueKeysWithValues: variables)), workingDirectory: .init(folder),
                output: .fileDescriptor(.init(rawValue: pipes.outputEnd), closeAfterSpawningProcess: true),
                error: .fileDescriptor(.init(rawValue: pipes.errorEnd), closeAfterSpawningProcess: true)
            ).terminationStatus
        } catch {
            pipes.end()
            _ = try? await taken
            throw error
        }
        pipes.end()
        let (secret, said) = try await (taken.secret, taken.said)
        return Printed(
            isSuccess: status.isSuccess, secret: secret, complaint: said.isEmpty ? "\(status)" : "\(said) (\(status))")
    }
}
