import Glibc
import Model
import Subprocess
import Tasks

/// Runs an outside program and waits for it.
enum Program {
    struct Result: Sendable {
        let status: Int32
        let output: String
        let errors: String
    }

    /// Locks and logs of the largest layers take some hundred kilobytes.
    private static let outputLimit = 64 << 20

    /// - Throws: `tool` if it cannot be started, ends by a signal or writes without end; `timedOut`; `cancelled`.
    static func run(
        _ path: String, _ arguments: [String], input: String = "", environment: [String: String], workFolder: String,
        deadline: Duration
    ) async throws(StrataError) -> Result {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        do {
            return try await withDeadline(
                deadline, late: StrataError(.timedOut, "\(name) did not end within \(deadline)")
            ) {
                let result = try await Subprocess.run(
                    .path(.init(path)), arguments: Arguments(arguments),
                    environment: .custom(
                        Dictionary(uniqueKeysWithValues: environment.map { (.init(stringLiteral: $0), $1) })),
                    workingDirectory: .init(workFolder), input: .string(input), output: .string(limit: outputLimit),
                    error: .string(limit: outputLimit))
                guard case .exited(let status) = result.terminationStatus else {
                    throw StrataError(.tool, "\(name) was killed by a signal: \(result.terminationStatus)")
                }
                return Result(status: status, output: result.standardOutput, errors: result.standardError)
            }
        } catch {
            throw StrataError.wrapping(error, .tool, "\(name) could not be run")
        }
    }

    /// The first executable of that name in the folders of a `PATH`.
    static func find(_ name: String, on searchPath: String) -> String? {
        searchPath.split(separator: ":").lazy.map { "\($0)/\(name)" }.first(where: isExecutable)
    }

    static func isExecutable(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && access(path, X_OK) == 0
    }

    static func isReadable(_ path: String) -> Bool { access(path, R_OK) == 0 }
}
