import ArgumentParser
import FoundationEssentials
import Git
import Local
import Model
import Settings
import Subprocess

/// `strata doctor`
struct DoctorCommand: StrataCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Check everything that a run needs, without changing anything.",
        discussion: "Shows which link of the credentials' chain answered, for which account. Prints no secret.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var argument: ConfigurationArgument

    func run(console: Console) async throws -> ExitStatus {
        let common = common.with(argument)
        let assembly = try await common.assembly(console)
        var failures = 0
        for check in assembly.checks {
            do {
                console.print(console.paint("✓ ", .green) + "\(check.name): \(try await check.run())")
            } catch {
                failures += 1
                console.print(console.paint("✗ ", .red) + "\(check.name): \(error)")
            }
        }
        return failures == 0 ? .done : .failed
    }
}

extension Assembly {
    fileprivate var checks: [Check] {
        var checks = [
            Check(name: "configuration") {
                "\(count(desired.items.count, "item")) in \(count(desired.regions.count, "region"))"
            },
            Check(name: "uv") { try await version(of: environment["STRATA_UV"] ?? "uv") },
            Check(name: "cache") {
                try FileManager.default.createDirectory(atPath: places.cache, withIntermediateDirectories: true)
                guard FileManager.default.isWritableFile(atPath: places.cache) else {
                    throw StrataError(.file, "\(places.cache) cannot be written")
                }
                return places.cache
            },
            Check(name: "ledger") {
                let ledger = try await ledger()
                if let sqlite = ledger as? SQLiteLedger { try await sqlite.checkIntegrity() }
                let open = try await ledger.openIntents(after: nil, limit: 1000).count
                return open == 0
                    ? "sound" : "sound; \(count(open, "action")) of a former run will be settled by the next"
            },
        ]
        checks += backend.checks
        checks.append(
            Check(name: "registry") {
                let tips = try await repository(note: { _ in }).fetch([settings.git.branch, settings.git.siteBranch])
                let found = tips.compactMapValues { $0 }.map { "\($0.key) at \($0.value.description.prefix(7))" }
                    .sorted()
                return
                    "\(settings.git.remote.url): \(found.isEmpty ? "reachable, empty" : found.joined(separator: ", "))"
            })
        return checks
    }
}

/// What a program says of its own version.
private func version(of program: String) async throws -> String {
    do {
        let result = try await Subprocess.run(
            program.contains("/") ? .path(.init(program)) : .name(program), arguments: ["--version"],
            output: .string(limit: 4096), error: .discarded)
        guard result.terminationStatus.isSuccess, let line = result.standardOutput.split(separator: "\n").first else {
            throw StrataError(.tool, "'\(program) --version' failed")
        }
        return String(line)
    } catch let error as SubprocessError {
        throw StrataError(
            .tool, "'\(program)' cannot be started", hint: "install it with 'pip install uv', or set STRATA_UV",
            cause: error)
    }
}
