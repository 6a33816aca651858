import ArgumentParser
import Git
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

/// `strata git-worker`: the child that speaks to git servers with the key or token that it is handed; not for people.
struct GitWorkerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "git-worker", abstract: "Speak to a git server for a run (started by strata itself).",
        shouldDisplay: false)

    func run() throws { GitWorker.main() }
}
