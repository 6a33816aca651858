import ArgumentParser
import FoundationEssentials
import Git
import Local
import Model
import Packaging
import Settings
import Subprocess
import Synchronization

/// `strata doctor`
struct DoctorCommand: StrataCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Check everything that a run needs, without changing anything.",
        discussion: """
            Shows which link of the credentials' chain answered, for which account, and whether ledger and registry belong \
            together. Prints no secret.
            """)

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
            Check(name: "sandbox") { WorkerSandbox.offered },
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
                    ? "sound" : "sound; \(count(open, "action")) of a former run will be looked after by the next"
            },
        ]
        let proved = Set(
            desired.layers.filter { $0.checks.imports.place == .sandbox || $0.options.bytecode != nil }.flatMap(
                \.targets)
        ).sorted()
        if !proved.isEmpty { checks.append(Check(name: "interpreters") { await interpreters.text(for: proved) }) }
        checks += backend.checks
        checks.append(Check(name: "code storage") { try await codeStorage() })
        checks.append(
            Check(name: "registry") {
                let notes = Mutex<[String]>([])
                let repository = try await repository(note: { note in notes.withLock { $0.append(note) } })
                // Asked as a push asks: a key that may only read is turned away here, not after everything is published.
                let branches = [settings.git.branch] + (settings.site.isOnBranch ? [settings.git.siteBranch] : [])
                let tips = try await repository.writableTips(of: branches)
                let found = tips.compactMapValues { $0 }.map { "\($0.key) at \($0.value.description.prefix(7))" }
                    .sorted()
                let state = found.isEmpty ? "writable, empty" : "writable; " + found.joined(separator: ", ")
                return (["\(settings.git.remote.url): \(state)"] + notes.withLock { $0 }).joined(separator: "; ")
            })
        checks.append(
            Check(name: "belonging") {
                let look = try await registryToLookAt().look(for: ledger(), rebuilds: settings.rebuildsLedger)
                switch look {
                case .together(let text), .warning(let text): return text
                case .refused(let error): throw error
                }
            })
        if let place = settings.site.place {
            let remote = remote(place)
            checks.append(
                Check(name: "site") {
                    let snapshot = try await remote.fetch(remote.name)
                    let state = snapshot.tip.map { "at \($0.prefix(7))" } ?? "not there yet, or not all of it"
                    return "\(remote.name): \(state)"
                })
        }
        if let signingKey {
            checks.append(
                Check(name: "signing key") {
                    let key = try await signingKey()
                    return "\(key.publicKey.type) \(key.publicKey.fingerprint)"
                })
        }
        return checks
    }
}

extension Assembly {
    /// How full the fullest region is, by what the account is told to be allowed there.
    fileprivate func codeStorage() async throws -> String {
        let provider = try await provider()
        let regions = try await desiredHere().regions
        let answers = try await regions.boundedMap(limit: 8) {
            (region: $0, storage: try await provider.storage(in: $0))
        }
        func share(_ storage: CodeStorage) -> Double {
            Double(storage.used.bytes) / Double(max(1, storage.limit.bytes))
        }
        guard let fullest = answers.max(by: { share($0.storage) < share($1.storage) }) else { return "no region" }
        let storage = fullest.storage
        return "fullest is \(fullest.region): \(storage.used) of \(storage.limit)"
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
