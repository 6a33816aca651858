import FoundationEssentials
import Glibc
import Model
import Subprocess
import Tasks

/// A process that is shut in and runs a program over a layer.
struct ProbeProcess: Sendable {
    /// This program's own path, and the hidden command that shuts itself in.
    let executable: String
    let arguments: [String]

    /// What a process came to.
    struct Result: Sendable {
        let status: Int32
        /// What it printed, a line each, as far as it is within the limit.
        let lines: [[UInt8]]
        /// The end of what it complained of, in printable characters.
        let complaint: String
    }

    /// - Parameters:
    ///   - deadline: for all of it; it is killed then, and what it had printed is the result.
    ///   - most: more lines end it.
    /// - Throws: `tool` if it cannot be started; `inconsistent` if it prints too much; `cancelled`.
    func run(_ confinement: Confinement, deadline: Duration, most: Int) async throws(StrataError) -> Result {
        let order = try WorkerProtocol.line(confinement)
        let kept = Kept()
        do {
            return try await withDeadline(deadline, late: StrataError(.timedOut, "")) {
                try await start(String(decoding: order.dropLast(), as: UTF8.self), most: most, kept)
            }
        } catch let error as StrataError where error.code == .timedOut {
            return Result(status: -1, lines: await kept.lines, complaint: "it did not end within \(deadline)")
        } catch {
            throw StrataError.wrapping(error, .tool, "the probe could not be run")
        }
    }

    private actor Kept {
        private(set) var lines: [[UInt8]] = []
        func add(_ more: [[UInt8]]) -> Int {
            lines += more
            return lines.count
        }
    }

    private func start(_ order: String, most: Int, _ kept: Kept) async throws -> Result {
        var platform = PlatformOptions()
        platform.processGroupID = 0
        platform.teardownSequence = [
            .send(signal: .kill, toProcessGroup: true, allowedDurationToNextStep: .seconds(1))
        ]
        let result = try await Subprocess.run(
            .path(.init(executable)), arguments: Arguments(arguments),
            environment: .custom([
                .init(stringLiteral: Confinement.variable): order, "SWIFT_BACKTRACE": "enable=no",
            ]),
            platformOptions: platform, input: .inputWriter, output: .sequence, error: .sequence
        ) { execution in
            async let complaint = WorkerClient.tail(of: execution.standardError)
            do {
                var reader = LineReader(limit: 64 << 10)
                for try await buffer in execution.standardOutput {
                    let count = await kept.add(try reader.lines(adding: buffer.withUnsafeBytes { Array($0) }))
                    guard count <= most else { throw StrataError(.inconsistent, "the probe prints without end") }
                }
                try await execution.standardInputWriter.finish()
                return try await complaint
            } catch {
                kill(-execution.processIdentifier.value, SIGKILL)
                throw error
            }
        }
        let status: Int32 = if case .exited(let code) = result.terminationStatus { code } else { -1 }
        return Result(status: status, lines: await kept.lines, complaint: result.closureResult)
    }
}
