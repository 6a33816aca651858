import ArgumentParser
import Consuming
import FoundationEssentials
import Local
import Model
import Publishing
import Settings

/// `strata ledger`
struct LedgerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ledger", abstract: "Move a ledger to another place.", subcommands: [LedgerCopyCommand.self])
}

/// `strata ledger copy`
struct LedgerCopyCommand: StrataCommand {
    static let configuration = CommandConfiguration(
        commandName: "copy", abstract: "Copy a whole ledger into an empty one, and compare the two.",
        discussion: """
            A ledger is named as in the configuration: sqlite:PATH or dynamodb:TABLE[@region]. Everything is copied but \
            leases: revisions too, so the registry's checkpoints stay true. Both ledgers are held meanwhile, so no run can \
            write. A copy that was interrupted is finished with --resume. Afterwards name the copy in 'ledger' of the \
            configuration. Credentials for AWS are the configuration's.
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "The ledger to read.") var from: String
    @Argument(help: "The ledger to write.") var to: String
    @Flag(help: "Finish a copy that was interrupted: the ledger to write may hold part of it.") var resume = false

    func run(console: Console) async throws -> ExitStatus {
        let (source, target) = (try LedgerSettings(from), try LedgerSettings(to))
        guard source != target else {
            throw StrataError(.configuration, "'\(from)' cannot be copied into itself")
        }
        if case .sqlite(let path) = source, !FileManager.default.fileExists(atPath: path) {
            throw StrataError(.notFound, "there is no ledger \(path)")
        }
        let assembly = try await common.assembly(console)
        let (reading, writing) = (assembly.otherLedger(source, console), assembly.otherLedger(target, console))
        let (sourceLedger, targetLedger) = (try await reading.value(), try await writing.value())
        let runEnvironment = assembly.runEnvironment { _ in }
        let summary = try await Leasing(ledger: sourceLedger, environment: runEnvironment, term: .seconds(600))
            .withLease { _ in
                try await Leasing(ledger: targetLedger, environment: runEnvironment, term: .seconds(600))
                    .withLease { lease in
                        try await LedgerCopy(from: sourceLedger, to: targetLedger, lease: lease)
                            .run(resuming: resume) { done in
                                if console.verbosity == .verbose { console.note("\(count(done, "item")) done") }
                            }
                    }
            }
        let counts = summary.counts
        console.print(
            """
            Copied \(from) to \(to): \(count(summary.written, "item")) written, \
            \(counts.items - summary.written) there before.
            Compared, and equal: \(count(counts.items, "item")), \(count(counts.builds, "build")), \
            \(count(counts.releases, "release")), \(count(counts.intents, "open action")), \
            \(count(counts.marks, "checkpoint")), revision \(counts.revision).
            """)
        return .done
    }
}

extension Assembly {
    /// A ledger that is not the configuration's, reached with its credentials.
    fileprivate func otherLedger(_ settings: LedgerSettings, _ console: Console) -> LazyLedger {
        LazyLedger(settings, cloud, opened: console.tellCost)
    }
}
