import FoundationEssentials
import Model

/// Takes an export back into a ledger, chunk by chunk.
///
///     var reader = LedgerExportReader(into: ledger, lease: lease, file: "ledger.jsonl")
///     try await reader.read(chunk)
///     let summary = try await reader.end()
///
/// The ledger gives its own revisions. A mark that speaks of revisions, as those that tell what the registry's branches
/// show, means nothing in another ledger: marks are handed back, and only those asked for are set.
public struct LedgerExportReader {
    /// What was read.
    public struct Summary: Sendable, Hashable {
        public var written: Timestamp
        public var events = 0
        public var intents = 0
        /// All marks of the file, set or not.
        public var marks: [String: String] = [:]
    }

    /// How many changes are collected before they are recorded.
    private static let page = 1000

    /// Where the file's contents go.
    private let sink: Sink
    private let file: String
    private let marks: Set<String>
    private var lines = JSONElements()
    private var line = 0
    private var summary: Summary?
    private var isEnded = false
    private var events: [Event] = []
    private var intents: [Intent] = []

    /// - Parameters:
    ///   - file: names the file in errors.
    ///   - marks: the marks to set.
    public init(into ledger: any Ledger, lease: Lease, file: String, settingMarks marks: Set<String> = []) {
        sink = .ledger(ledger, lease)
        self.file = file
        self.marks = marks
    }

    /// Reads a file to compare it with a ledger, and changes nothing.
    public init(comparing comparison: ExportComparison, file: String) {
        sink = .comparison(comparison)
        self.file = file
        marks = []
    }

    private enum Sink {
        case ledger(any Ledger, Lease)
        case comparison(ExportComparison)
    }

    /// Takes the file's next bytes and records what they complete, page by page.
    ///
    /// Unlike an import of another system's files, this is all or nothing for a line: an export that cannot be read to
    /// its end is damaged.
    /// - Throws: `inconsistent` with the line for what is no export or a damaged one, `unsupported` for one by a newer
    ///   Strata, and what the ledger throws.
    public mutating func read(_ bytes: some Collection<UInt8>) async throws {
        var elements: [JSONElement] = []
        lines.read(bytes) { elements.append($0) }
        try await take(elements)
    }

    /// Ends the file.
    /// - Throws: `inconsistent` if its end is missing.
    public mutating func end() async throws -> Summary {
        var elements: [JSONElement] = []
        lines.finish { elements.append($0) }
        try await take(elements)
        guard let summary, isEnded else { throw damaged("it was cut off: its last line is missing") }
        return summary
    }

    private mutating func take(_ elements: [JSONElement]) async throws {
        for element in elements {
            switch element {
            case .malformed(let reason, let line):
                self.line = line
                throw damaged(reason)
            case .value(let bytes, let line):
                self.line = line
                try await take(try record(bytes))
            }
        }
    }

    private func record(_ bytes: [UInt8]) throws -> ExportRecord {
        do {
            return try JSONDecoder().decode(ExportRecord.self, from: Data(bytes))
        } catch {
            throw damaged("it cannot be read", error)
        }
    }

    private mutating func take(_ record: ExportRecord) async throws {
        if isEnded { throw damaged("something follows the last line") }
        if case .header(let version, let written) = record {
            guard summary == nil else { throw damaged("a second export begins") }
            guard version <= LedgerExport.version else {
                throw StrataError(
                    .unsupported, "a newer version of Strata wrote this export (format \(version))",
                    hint: "use that version, or a newer one", place: .init(file: file))
            }
            summary = Summary(written: written)
            return
        }
        guard summary != nil else { throw damaged("it does not begin like an export") }
        switch record {
        case .header: break
        case .event(let event):
            if case .built(let build) = event, let artifact = build.artifact {
                let contents = ContentsKey(artifact.lock, artifact.options)
                guard artifact.contents == contents, artifact.key == BuildKey(contents, recipe: artifact.recipe) else {
                    throw damaged("a build's key is not that of its wheels and options")
                }
            }
            events.append(event)
            summary?.events += 1
            if events.count == Self.page { try await flush() }
        case .intent(let intent):
            intents.append(intent)
            summary?.intents += 1
            if intents.count == Self.page { try await flush() }
        case .mark(let name, let value):
            summary?.marks[name] = value
        case .end(let records):
            try await flush()
            let seen = summary.map { $0.events + $0.intents + $0.marks.count } ?? 0
            guard seen == records else { throw damaged("\(records) records were written, \(seen) are there") }
            if case .ledger(let ledger, let lease) = sink {
                for (name, value) in summary?.marks ?? [:] where marks.contains(name) {
                    try await ledger.setCheckpoint(name, value, lease: lease)
                }
            }
            isEnded = true
        }
    }

    private mutating func flush() async throws {
        switch sink {
        case .ledger(let ledger, let lease):
            for unit in LedgerUnit.units(of: events) { try await ledger.record(unit, lease: lease) }
            for unit in LedgerUnit.units(of: intents) { try await ledger.begin(unit, lease: lease) }
        case .comparison(let comparison):
            try await comparison.take(events)
            await comparison.take(intents)
        }
        (events, intents) = ([], [])
    }

    private func damaged(_ why: String, _ cause: (any Error)? = nil) -> StrataError {
        StrataError(
            .inconsistent, "the export is damaged, or is not one: \(why)", place: .init(file: file, line: max(1, line)),
            cause: cause)
    }
}
