import ArgumentParser
import Model
import Settings

/// The options that say what is printed, and how.
protocol ConsoleOptions: ParsableArguments {
    var console: Console { get }
}

/// What every command takes.
struct CommonOptions: ConsoleOptions {
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

    func settings(_ console: Console) throws -> ProjectSettings {
        let settings = try ProjectSettings.load(path: config)
        for warning in settings.warnings { console.warn("\(warning)") }
        return settings
    }

    /// The parts, put together as the configuration says.
    ///
    /// - Parameter access: `.reading` for commands that change nothing.
    func assembly(
        _ console: Console, _ settings: ProjectSettings? = nil, access: LazyLedger.Access = .full
    ) async throws -> Assembly {
        try Assembly(
            try settings ?? self.settings(console), configuration: config, access: access,
            ledgerOpened: console.tellCost)
    }
}

/// The configuration as people type it: `strata check other.yaml`.
struct ConfigurationArgument: ParsableArguments {
    @Argument(help: "The configuration, as --config names it.", completion: .file(extensions: ["yaml", "yml"]))
    var configuration: String?
}

extension CommonOptions {
    /// The same options with the configuration that was given as an argument.
    func with(_ argument: ConfigurationArgument) -> CommonOptions {
        var copy = self
        if let path = argument.configuration { copy.config = path }
        return copy
    }
}

/// What the commands of consumers take: they need no configuration.
struct ConsumerOptions: ConsoleOptions {
    @Flag(name: [.short, .long], help: "Print results and errors only.")
    var quiet = false

    @Flag(name: [.short, .long], help: "Print more, and the causes of errors.")
    var verbose = false

    @Option(help: "How messages and errors are written: text or json.")
    var logFormat = Console.LogFormat.text

    var console: Console {
        Console(verbosity: quiet ? .quiet : verbose ? .verbose : .normal, format: logFormat)
    }
}

extension Console.LogFormat: ExpressibleByArgument {}
