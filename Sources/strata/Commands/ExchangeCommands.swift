import ArgumentParser
import Consuming
import Files
import Foundation
import Glibc
import HTTP
import Model
import Publishing

/// `strata import`
struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Bring releases of another system, or an exported ledger, into the ledger.",
        subcommands: [ImportKlayersCommand.self, ImportLayersCommand.self, ImportLedgerCommand.self])
}

/// `strata import klayers`
struct ImportKlayersCommand: StrataCommand {
    static let configuration = CommandConfiguration(
        commandName: "klayers", abstract: "Import Klayers' ARN files or its table's export.",
        discussion: """
            Reads CSV and JSON files of ARNs, and DynamoDB's export as JSON lines: files, folders with them, or the \
            http(s) addresses of files. The \
            releases become external ones: listed with their expiry, never deleted. Every row that is not taken is \
            told, with its reason. Where files of different days disagree, the later state is taken, and that is told.
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "Files, folders or addresses of files.", completion: .file()) var sources: [String]
    @Flag(help: "Read and report, but record nothing.") var dryRun = false

    func run(console: Console) async throws -> ExitStatus {
        var reader = KlayersReader()
        for source in sources {
            if source.hasPrefix("https://") || source.hasPrefix("http://") {
                try await reader.read(
                    url: source,
                    client: try HTTPClient(HTTPClient.Options(environment: ProcessInfo.processInfo.environment)))
            } else {
                try reader.read(path: source)
            }
        }
        return try await record(reader.result, common, dryRun: dryRun, console)
    }
}

/// `strata import ledger`
struct ImportLedgerCommand: StrataCommand {
    static let configuration = CommandConfiguration(
        commandName: "ledger", abstract: "Take an export of a ledger back.",
        discussion: """
            Into a ledger that is empty, or that holds a part of the same: an import that was interrupted is repeated. A \
            ledger that holds anything else, newer or another registry's, is refused (5), and nothing is changed.
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "The file that 'strata export' wrote.", completion: .file()) var file: String

    func run(console: Console) async throws -> ExitStatus {
        let assembly = try await common.assembly(console)
        let summary = try await assembly.withLease { ledger, lease in
            let comparison = ExportComparison(with: ledger, identity: Belonging.checkpoint)
            let marks = try await read(LedgerExportReader(comparing: comparison, file: file)).marks
            guard try await comparison.end(marks) > 0 else { return nil as LedgerExportReader.Summary? }
            let isClaimed = try await ledger.checkpoint(Belonging.checkpoint) != nil
            return try await read(
                LedgerExportReader(
                    into: ledger, lease: lease, file: file, settingMarks: isClaimed ? [] : [Belonging.checkpoint]))
        }
        guard let summary else {
            console.print("Done already: the ledger holds all of \(file).")
            return .done
        }
        console.print(
            "Took \(count(summary.events, "record")) and \(count(summary.intents, "open action")), written on "
                + "\(summary.written.date).")
        return .done
    }

    private func read(_ reader: LedgerExportReader) async throws -> LedgerExportReader.Summary {
        var reader = reader
        guard let handle = FileHandle(forReadingAtPath: file) else {
            throw StrataError(.file, "cannot read \(file): \(String(cString: strerror(errno)))")
        }
        defer { try? handle.close() }
        while let chunk = try handle.read(upToCount: 1 << 20), !chunk.isEmpty {
            try await reader.read(Array(chunk))
        }
        return try await reader.end()
    }
}

/// `strata export`
struct ExportCommand: StrataCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write the whole ledger as one file.",
        discussion:
            "JSON lines in a documented, versioned format, which 'strata import ledger' takes back without loss.")

    @OptionGroup var common: CommonOptions
    @Argument(help: "The file; standard output if none is named.", completion: .file()) var file: String?
    @Option(name: [.short, .long], help: "The file, as an option.", completion: .file()) var output: String?

    func validate() throws {
        if file != nil, output != nil { throw ValidationError("name the file once: '\(file ?? "")' or --output") }
    }

    func run(console: Console) async throws -> ExitStatus {
        let output = file ?? output
        let assembly = try await common.assembly(console)
        let written = try await assembly.withLease { ledger, _ in
            guard let output else {
                return try await LedgerExport.write(ledger, marks: [Belonging.checkpoint], at: WallClock.now) { bytes in
                    Console.write(String(decoding: bytes, as: UTF8.self), to: 1)
                }
            }
            return try await write(ledger, to: output)
        }
        console.note("Wrote \(count(written, "record")).")
        return .done
    }
}

/// Writes to a temporary name first: a file of that name is a whole export.
private func write(_ ledger: any Ledger, to path: String) async throws -> Int {
    try await AtomicFile.make(path, mode: 0o600) { file in
        try await LedgerExport.write(ledger, marks: [Belonging.checkpoint], at: WallClock.now) { try file.write($0) }
    }
}
