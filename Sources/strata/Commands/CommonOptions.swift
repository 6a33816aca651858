import ArgumentParser
import CPosix
import Dispatch
import Glibc
import Model
import Settings
import Synchronization

/// What every command takes.
struct CommonOptions: ParsableArguments {
    @Option(name: [.short, .long], help: "The configuration.", completion: .file(extensions: ["yaml", "yml"]))
    var config = "strata.yaml"

    @Flag(name: [.short, .long], help: "Print results and errors only.")
    var quiet = false

    @Flag(name: [.short, .long], help: "Print more, and the causes of errors.")
    var verbose = false

    @Option(help: "How progress and errors are written: text or json.")
    var logFormat = Console.LogFormat.text

    var console: Console {
        Console(verbosity: quiet ? .quiet : verbose ? .verbose : .normal, format: logFormat)
    }

    func settings() throws -> ProjectSettings {
        let settings = try ProjectSettings.load(path: config)
        for warning in settings.warnings { console.warn("\(warning)") }
        return settings
    }

    /// The parts, put together as the configuration says.
    func assembly(_ settings: ProjectSettings? = nil) async throws -> Assembly {
        try Assembly(try settings ?? self.settings(), configuration: config)
    }

    /// Runs a command's work: Ctrl-C and SIGTERM cancel it, errors become one line and an exit code.
    func perform(_ work: @escaping @Sendable (Console) async throws -> ExitStatus) async throws {
        try await console.perform(work)
    }
}

/// What the commands of consumers take: they need no configuration.
struct ConsumerOptions: ParsableArguments {
    @Flag(name: [.short, .long], help: "Print results and errors only.")
    var quiet = false

    @Flag(name: [.short, .long], help: "Print more, and the causes of errors.")
    var verbose = false

    @Option(help: "How messages and errors are written: text or json.")
    var logFormat = Console.LogFormat.text

    func perform(_ work: @escaping @Sendable (Console) async throws -> ExitStatus) async throws {
        try await Console(verbosity: quiet ? .quiet : verbose ? .verbose : .normal, format: logFormat).perform(work)
    }
}

extension Console {
    /// Runs a command's work: Ctrl-C and SIGTERM cancel it, errors become one line and an exit code.
    func perform(_ work: @escaping @Sendable (Console) async throws -> ExitStatus) async throws {
        let console = self
        let task = Task { try await work(console) }
        let signals = [SIGINT, SIGTERM].map { Interrupt($0) { task.cancel() } }
        defer { signals.forEach { $0.stop() } }
        let status: ExitStatus
        do {
            status = try await task.value
            for line in LedgerCosts.lines { console.note(line) }
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

extension Console.LogFormat: ExpressibleByArgument {}

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
