import Model
import Subprocess
import Tasks

/// A program that prints credentials, as `credential_process` names it; it covers SSO and password managers.
/// https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
struct ProcessCredentials: Sendable {
    let command: String
    /// Whole, since such programs need their home, their path and their own settings.
    let environment: [String: String]
    let now: @Sendable () -> Timestamp

    /// - Throws: `.credentials`, without anything that the program wrote: its errors may hold what it was asked for.
    func fetch() async throws(StrataError) -> Credentials {
        let words = try Self.words(command)
        let program = words[0]
        do {
            let bytes = try await withDeadline(
                .seconds(60), late: StrataError(.timedOut, "'\(program)' did not end within 60 s")
            ) { try await run(program, Array(words.dropFirst())) }
            let credentials = try MetadataCredentials.read(bytes, from: "'\(program)'")
            guard credentials.expires.map({ now() < $0 }) ?? true else {
                throw StrataError(.credentials, "'\(program)' gave credentials that have expired")
            }
            return credentials
        } catch {
            throw StrataError.wrapping(error, .credentials, "the credential_process '\(program)' could not be run")
        }
    }

    private func run(_ program: String, _ arguments: [String]) async throws -> [UInt8] {
        let variables = environment.map { (Environment.Key(stringLiteral: $0.key), $0.value) }
        let result = try await Subprocess.run(
            program.contains("/") ? .path(.init(program)) : .name(program), arguments: Arguments(arguments),
            environment: .custom(Dictionary(uniqueKeysWithValues: variables)), output: .bytes(limit: 64 << 10),
            error: .discarded)
        guard case .exited(0) = result.terminationStatus else {
            throw StrataError(.credentials, "'\(program)' failed: \(result.terminationStatus)")
        }
        return result.standardOutput
    }

    /// The command's words, with the quotes and backslashes of a shell, and nothing else of it.
    ///
    /// - Throws: `.configuration` if there are none, or a quote is not closed.
    package static func words(_ command: String) throws(StrataError) -> [String] {
        var words: [String] = []
        var word: String?
        var quote: Character?
        var isEscaped = false
        for character in command {
            if isEscaped {
                word = (word ?? "") + String(character)
                isEscaped = false
            } else if character == "\\", quote != "'" {
                isEscaped = true
            } else if character == quote {
                quote = nil
            } else if quote == nil, character == "'" || character == "\"" {
                quote = character
                word = word ?? ""
            } else if quote == nil, character.isWhitespace {
                words += word.map { [$0] } ?? []
                word = nil
            } else {
                word = (word ?? "") + String(character)
            }
        }
        words += word.map { [$0] } ?? []
        guard quote == nil, !isEscaped, !words.isEmpty else {
            throw StrataError(
                .configuration, "the profile's credential_process is not a valid command: a quote is not closed")
        }
        return words
    }
}
