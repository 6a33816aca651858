import ArgumentParser
import Fleet
import FoundationEssentials
import Glibc
import HTTP
import Model
import Settings

/// `strata lambda`: the fleet's functions. Lambda starts it; `docs/fleet.md` tells how.
struct LambdaCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lambda", abstract: "Serve one of the fleet's functions (started by AWS Lambda).",
        discussion: """
            The runtime of the functions that 'strata deploy' makes. Lambda tells the handler's name in _HANDLER: \
            \(HandlerName.allCases.map(\.rawValue).joined(separator: ", ")). The configuration comes from \
            STRATA_FLEET_CONFIG, and must lie in the bucket STRATA_FLEET_BUCKET. Errors and progress are JSON lines on \
            standard error.
            """, shouldDisplay: false)

    /// True for the program as Lambda starts it: by the name that its bundle has to give it, and without arguments.
    static var isBootstrap: Bool {
        CommandLine.arguments.count == 1 && CommandLine.arguments[0].split(separator: "/").last == "bootstrap"
    }

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        let name = environment["_HANDLER"] ?? ""
        let log = FleetLog(function: name) { Console.write($0, to: STDERR_FILENO) }
        guard let address = environment["AWS_LAMBDA_RUNTIME_API"] else {
            let error = StrataError(
                .configuration, "AWS_LAMBDA_RUNTIME_API is not set: 'strata lambda' runs inside AWS Lambda",
                hint: "'strata publish' is the same run on this machine")
            Console(verbosity: .normal, format: .text).fail(error, causes: [])
            throw ExitCode(ExitStatus.usage.rawValue)
        }
        let api = RuntimeAPI(address: address, http: try HTTPClient())
        let handle: RuntimeLoop.Handle
        do {
            handle = try await FleetWiring(environment, log).function(name)
        } catch {
            let failure = (error as? SettingsProblems).map(RuntimeFailure.init) ?? RuntimeFailure(error)
            log.error("the function cannot begin: \(failure.errorMessage)")
            try await api.report(initialisation: failure)
            throw ExitCode.failure
        }
        try await serve(RuntimeLoop(api, log: log), log, handle)
    }

    /// Until SIGTERM: what has begun is cancelled and answered first.
    private func serve(_ loop: RuntimeLoop, _ log: FleetLog, _ handle: @escaping RuntimeLoop.Handle) async throws {
        let task = Task { try await loop.run(handle) }
        let signals = [SIGTERM, SIGINT].map { Interrupt($0) { task.cancel() } }
        defer { signals.forEach { $0.stop() } }
        do {
            try await task.value
        } catch {
            log.error("the process ends: \(error)")
            throw ExitCode.failure
        }
    }
}

extension RuntimeFailure {
    fileprivate init(_ problems: SettingsProblems) {
        self.init(.configuration, problems.problems.map(\.description).joined(separator: "; "))
    }
}
