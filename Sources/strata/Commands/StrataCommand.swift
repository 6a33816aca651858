import ArgumentParser
import Dispatch
import Glibc
import Model
import Settings
import Synchronization

/// A command of Strata: what it does, with a console to say it on. The rest is the same for all of them.
protocol StrataCommand: AsyncParsableCommand, Sendable {
    associatedtype Common: ConsoleOptions
    var common: Common { get }

    /// Does the command's work.
    ///
    /// - Returns: the exit code.
    func run(console: Console) async throws -> ExitStatus
}

extension StrataCommand {
    func run() async throws {
        let command = self
        try await common.console.perform { try await command.run(console: $0) }
    }
}

extension Console {
    /// Runs a command's work: Ctrl-C and SIGTERM cancel it, errors become one line and an exit code.
    fileprivate func perform(_ work: @escaping @Sendable (Console) async throws -> ExitStatus) async throws {
        let console = self
        let task = Task { try await work(console) }
        let signals = [SIGINT, SIGTERM].map { Interrupt($0) { task.cancel() } }
        defer { signals.forEach { $0.stop() } }
        let status: ExitStatus
        do {
            status = try await task.value
            for line in console.closing.lines { console.note(line) }
        } catch {
            if task.isCancelled {
                console.note("Stopped. Nothing is lost: the next run goes on where this one ended.")
                throw ExitCode(130)
            }
            let known = (error as? StrataError) ?? .wrapping(error, .failedWithoutCode, "\(error)")
            if let problems = error as? SettingsProblems {
                for problem in problems.problems { console.fail(problem, causes: []) }
                throw ExitCode(problems.exitStatus.rawValue)
            }
            console.fail(known, causes: known.causes)
            throw ExitCode(ExitStatus(known).rawValue)
        }
        if status != .done { throw ExitCode(status.rawValue) }
    }
}

extension StrataError.Code {
    /// For errors that carry no code of ours.
    fileprivate static let failedWithoutCode = StrataError.Code.inconsistent
}

/// Turns a signal into a call; the second one ends the process at once.
final class Interrupt {
    private let source: any DispatchSourceSignal

    init(_ number: Int32, _ action: @escaping @Sendable () -> Void) {
        signal(number, SIG_IGN)
        source = DispatchSource.makeSignalSource(signal: number, queue: .global())
        let counter = Counter()
        source.setEventHandler {
            if counter.next() > 1 { _exit(130) }
            action()
        }
        source.resume()
    }

    func stop() { source.cancel() }
}

private final class Counter: Sendable {
    private let value = Mutex(0)
    func next() -> Int {
        value.withLock {
            $0 += 1; return $0
        }
    }
}
