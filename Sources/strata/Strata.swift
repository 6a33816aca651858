import ArgumentParser
import CPosix
import Glibc
import Model
import Packaging

/// The command that everything begins with.
@main
struct Strata: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "strata",
        abstract: "Builds Python packages into AWS Lambda layers, publishes them, and keeps a registry of their ARNs.",
        discussion: """
            Begin with 'strata init', look at what would happen with 'strata plan', make it so with 'strata publish'.

            Exit codes: 0 done, 1 failed, 2 usage or configuration, 3 done in part (some regions are pending), \
            4 the plan is not empty (plan --exit-code), 5 refused by a safety limit, 6 somebody else holds the lease.
            """,
        version: strataVersion,
        subcommands: [WorkerCommand.self, GitWorkerCommand.self, LambdaCommand.self],
        groupedSubcommands: [
            CommandGroup(
                name: "Begin",
                subcommands: [InitCommand.self, CheckCommand.self, KeysCommand.self, DoctorCommand.self]),
            CommandGroup(
                name: "Publish",
                subcommands: [PlanCommand.self, BuildCommand.self, ReviewCommand.self, PublishCommand.self]),
            CommandGroup(
                name: "Look",
                subcommands: [
                    StatusCommand.self, ExplainCommand.self, AuditCommand.self, NotifyCommand.self, SiteCommand.self,
                ]),
            CommandGroup(
                name: "Releases",
                subcommands: [
                    YankCommand.self, PinCommand.self, RollbackCommand.self, RetryCommand.self, RetireCommand.self,
                    PruneCommand.self,
                ]),
            CommandGroup(
                name: "Consume",
                subcommands: [
                    FindCommand.self, BumpCommand.self, VerifyCommand.self, RebuildCommand.self, AttestCommand.self,
                ]),
            CommandGroup(name: "The fleet", subcommands: [DeployCommand.self]),
            CommandGroup(
                name: "The ledger",
                subcommands: [ReconcileCommand.self, ImportCommand.self, ExportCommand.self, LedgerCommand.self]),
            CommandGroup(name: "The tool itself", subcommands: [VersionCommand.self, CompletionsCommand.self]),
        ])

    static func main() async {
        signal(SIGPIPE, SIG_IGN)
        // No core file and no ptrace by others, before any secret can be in memory. Toggling it later would race.
        _ = cposix_forbid_dumps()
        Bundle.announce()
        do {
            // While there is no other thread, which would stay outside.
            if CommandLine.arguments.dropFirst().first == WorkerCommand.configuration.commandName {
                Confinement.enter()
                try WorkerSandbox.enter()
            }
            var command = try parseAsRoot(LambdaCommand.isBootstrap ? ["lambda"] : nil)
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            // Usage errors of the argument parser end with Strata's own code for them.
            let code = exitCode(for: error)
            if code == .success || error is ExitCode { exit(withError: error) }
            Console.write(fullMessage(for: error) + "\n", to: 2)
            Glibc.exit(code == .validationFailure ? ExitStatus.usage.rawValue : code.rawValue)
        }
    }
}
