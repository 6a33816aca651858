import ArgumentParser
import Packaging

/// `strata worker`: the child that resolves and builds; not for people.
struct WorkerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker", abstract: "Resolve or build for a run (started by strata itself).", shouldDisplay: false)

    func run() async throws {
        let status = await Worker.ofThisProcess().run()
        if status != 0 { throw ExitCode(status) }
    }
}
