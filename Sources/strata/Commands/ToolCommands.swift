import ArgumentParser
import Model

/// `strata version`
struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Print Strata's version.")

    @Flag(help: "Print the version, the recipe and the targets as JSON.") var json = false

    func run() throws {
        let console = Console(verbosity: .normal, format: .text)
        guard json else { return console.print("strata \(strataVersion)") }
        try console.print(json: About())
    }

    private struct About: Encodable {
        let version = strataVersion
        let recipe = Recipe.current
        let targets = Target.buildable
    }
}

/// `strata completions`
struct CompletionsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "completions", abstract: "Print a script that completes commands in your shell.",
        discussion: "For example: strata completions bash > /etc/bash_completion.d/strata")

    enum Shell: String, ExpressibleByArgument, CaseIterable { case bash, zsh, fish }

    @Argument(help: "bash, zsh or fish.") var shell: Shell

    func run() throws {
        let shell: CompletionShell =
            switch self.shell {
            case .bash: .bash
            case .zsh: .zsh
            case .fish: .fish
            }
        Console.write(Strata.completionScript(for: shell) + "\n", to: 1)
    }
}
