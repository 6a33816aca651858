import ArgumentParser
import CPosix
import Glibc
import Model
import Settings

/// `strata init`
struct InitCommand: StrataCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Write a commented strata.yaml to begin with.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var argument: ConfigurationArgument

    func run(console: Console) async throws -> ExitStatus {
        let common = common.with(argument)
        let path = common.config
        let descriptor = cposix_open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw errno == EEXIST
                ? StrataError(.configuration, "\(path) exists already", hint: "name another file with --config")
                : StrataError(.file, "cannot write \(path): \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        Console.write(ProjectSettings.template, to: descriptor)
        console.note("Wrote \(path). Edit it, then look at what would happen with 'strata plan'.")
        return .done
    }
}
