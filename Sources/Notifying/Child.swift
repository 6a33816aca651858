import Glibc
import Model
import Subprocess

/// A program that is handed a text on its standard input.
struct Child: Sendable {
    /// An absolute path and arguments that come from the configuration alone, never from what is told.
    let arguments: [String]
    /// What it finds: no secret of this process is among it.
    let environment: [String: String]

    /// The variables that a program needs to find its way, out of all.
    static func plain(_ environment: [String: String]) -> [String: String] {
        environment.filter { ["PATH", "HOME", "USER", "LOGNAME", "LANG", "TZ", "TMPDIR"].contains($0.key) }
    }

    /// Runs to its end; a program that is cancelled is killed with all that it started.
    ///
    /// - Throws: `tool` if it cannot be started or does not end with 0. What it wrote is not repeated.
    func run(_ input: [UInt8]) async throws(StrataError) {
        let program = arguments.first ?? ""
        var platform = PlatformOptions()
        platform.processGroupID = 0
        platform.teardownSequence = [
            .send(signal: .kill, toProcessGroup: true, allowedDurationToNextStep: .seconds(1))
        ]
        let status: TerminationStatus
        do {
            let variables = environment.map { (Environment.Key(stringLiteral: $0.key), $0.value) }
            status = try await Subprocess.run(
                .path(.init(program)), arguments: Arguments(Array(arguments.dropFirst())),
                environment: .custom(Dictionary(uniqueKeysWithValues: variables)), platformOptions: platform,
                input: .inputWriter, output: .discarded, error: .discarded
            ) { execution in
                // One that does not read is judged by how it ends.
                _ = try? await execution.standardInputWriter.write(input)
                try? await execution.standardInputWriter.finish()
            }.terminationStatus
        } catch {
            if Task.isCancelled { throw StrataError(.cancelled, "cancelled") }
            throw StrataError(.tool, "'\(program)' could not be run", cause: error)
        }
        if Task.isCancelled { throw StrataError(.cancelled, "cancelled") }
        guard case .exited(0) = status else { throw StrataError(.tool, "'\(program)' failed: \(status)") }
    }
}
