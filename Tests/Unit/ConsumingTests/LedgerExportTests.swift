import Consuming
import Contracts
import FoundationEssentials
import Local
import Model
import Testing

@Suite("Export of a ledger")
struct LedgerExportTests {
    @Test("is taken back without loss, and gives the same bytes again", arguments: seeds(4))
    func roundTrip(seed: UInt64) async throws {
        var chance = SeededGenerator(seed: seed)
        let events = try (0..<8).flatMap { number in
            try Self.events(
                of: Samples.item("layer-\(number % 5)", number < 5 ? "python3.9" : "python3.10-arm64"), &chance)
        }
        let intents = try (0..<130).map { Samples.intent("P\($0)", of: try Samples.item("layer-\($0 % 7)")) }
        try await withLedger { ledger, lease in
            for unit in LedgerUnit.units(of: events) { try await ledger.record(unit, lease: lease) }
            for unit in LedgerUnit.units(of: intents) { try await ledger.begin(unit, lease: lease) }
            try await ledger.setCheckpoint("a", "1", lease: lease)
            try await ledger.setCheckpoint("shown:main", "9", lease: lease)
            let export = try await Self.export(ledger, marks: ["a", "shown:main", "none"])

            try await withLedger { copy, lease in
                let summary = try await Self.take(
                    export, into: copy, lease, pieces: .random(in: 1...5000, using: &chance))
                #expect(summary.intents == 130, "seed \(seed)")
                #expect(summary.events == events.count, "seed \(seed)")
                #expect(summary.marks == ["a": "1", "shown:main": "9"])
                #expect(try await copy.checkpoint("a") == "1")
                #expect(try await copy.checkpoint("shown:main") == nil)
                let items = try await ledger.items(after: nil, limit: 100)
                #expect(try await copy.items(after: nil, limit: 100) == items)
                func states(_ ledger: SQLiteLedger) async throws -> [ItemState] {
                    try await ledger.states(of: items).map {
                        var state = $0
                        state.revision = 0
                        return state
                    }
                }
                #expect(try await states(copy) == states(ledger), "seed \(seed)")
                let open = try await ledger.openIntents(after: nil, limit: 1000)
                #expect(try await copy.openIntents(after: nil, limit: 1000) == open)
                try await copy.setCheckpoint("shown:main", "9", lease: lease)
                #expect(try await Self.export(copy, marks: ["shown:main", "a"]) == export, "seed \(seed)")
            }
        }
    }

    @Test(
        "is told to be there already, to be missing in part, or to be older than the ledger, before anything is written"
    )
    func compared() async throws {
        var chance = SeededGenerator(seed: 5)
        let events = try (0..<300).flatMap { try Self.events(of: Samples.item("layer-\($0)"), &chance) }
        try await withLedger { ledger, lease in
            for unit in LedgerUnit.units(of: events) { try await ledger.record(unit, lease: lease) }
            try await ledger.setCheckpoint("registry", "ONE 5 R1", lease: lease)
            let export = try await Self.export(ledger, marks: ["registry"])
            func missing(in ledger: SQLiteLedger) async throws -> Int {
                let comparison = ExportComparison(with: ledger, identity: "registry")
                var reader = LedgerExportReader(comparing: comparison, file: "ledger.jsonl")
                try await reader.read(export)
                return try await comparison.end(try await reader.end().marks)
            }
            #expect(try await missing(in: ledger) == 0)
            try await withLedger { part, lease in
                let all = try await missing(in: part)
                #expect(all > 300)
                for unit in LedgerUnit.units(of: Array(events.prefix(100))) {
                    try await part.record(unit, lease: lease)
                }
                let rest = try await missing(in: part)
                #expect(rest > 0 && rest < all)
                try await part.setCheckpoint("registry", "TWO 5 R1", lease: lease)
                let foreign = await #expect(throws: StrataError.self) { try await missing(in: part) }
                #expect(foreign?.code == .refused && foreign?.message.contains("registry TWO") == true)
            }
            try await ledger.record(Self.events(of: Samples.item("layer-new"), &chance), lease: lease)
            let newer = await #expect(throws: StrataError.self) { try await missing(in: ledger) }
            #expect(newer?.code == .refused && newer?.message.contains("layer-new") == true)
        }
    }

    @Test("that is cut off anywhere is refused, and one that is whole is not")
    func cuts() async throws {
        let lines = try await Self.sample().split(separator: UInt8(ascii: "\n"))
        for count in 0..<lines.count {
            let part = Array(lines.prefix(count).joined(separator: [UInt8(ascii: "\n")]))
            let error = try await Self.refusal(of: part)
            #expect(error?.code == .inconsistent)
            #expect(error?.message.contains("cut off") == true)
        }
        let half = Array(lines.joined(separator: [UInt8(ascii: "\n")]).dropLast(4))
        #expect(try await Self.refusal(of: half)?.place.line == lines.count)
    }

    @Test(
        "that is damaged is refused with the line",
        arguments: [
            (1, "{\"strata-export\":{\"version\":1}}"), (1, "{\"build\":{}}"), (1, "Package,Version"), (2, "{"),
            (2, "{}"),
            (2, "{\"later\":{}}"), (2, "{\"mark\":{\"name\":\"a\",\"value\":\"b\"},\"end\":{\"records\":1}}"),
            (2, "{\"build\":{\"serial\":\"one\"}}"), (3, "{\"end\":{\"records\":0}}"),
            (3, "{\"strata-export\":{\"version\":1,\"written\":\"2026-11-18T11:06:40Z\"}}"),
        ])
    func damage(line: Int, text: String) async throws {
        var lines = try await Self.sample().split(separator: UInt8(ascii: "\n")).map(Array.init)
        lines[line - 1] = Array(text.utf8)
        let error = try await Self.refusal(of: Array(lines.joined(separator: [UInt8(ascii: "\n")])))
        #expect(error?.code == .inconsistent)
        #expect(error?.place.line == line, "\(String(describing: error))")
        #expect(error?.place.file == "ledger.jsonl")
    }

    @Test("whose builds do not fit their keys is refused")
    func forgedKey() async throws {
        let text = String(decoding: try await Self.sample(), as: UTF8.self)
        let forged = text.replacing("requests-2.32.3-py3", with: "requests-2.32.4-py3")
        #expect(forged != text)
        #expect(try await Self.refusal(of: Array(forged.utf8))?.message.contains("key") == true)
    }

    @Test("is what its description says, line by line")
    func description() async throws {
        let page = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../../docs/export-format.md").standardized
        let text = try String(contentsOf: page, encoding: .utf8)
        let example = try Samples.required(text.split(separator: "```jsonl\n").last?.split(separator: "```").first)
        try await withLedger { ledger, lease in
            let item = try Samples.item("requests")
            let contents = try Samples.required(try Samples.build(2, of: item).artifact?.contents)
            let sample = try Samples.build(1, of: item)
            let package = Build.Package(
                name: try Samples.required(PackageName("requests")), version: sample.version, license: "Apache-2.0",
                summary: "Python HTTP for Humans.", unzipped: ByteCount(200_000))
            let build = Build(
                buildNumber: 1, item: item, version: sample.version, artifact: sample.artifact,
                requirements: ["requests>=2"], packages: [package], created: sample.created)
            try await ledger.record(
                [
                    .built(build), .same(item, contents, buildNumber: 1),
                    .released(Samples.release(3, of: item, status: .deprecated, expires: Samples.start)),
                    .noted(item, Samples.regions[1], Note(kind: .pending, reason: "throttled", since: Samples.start)),
                    .resolved(item, Resolution(contents: contents, remarks: ["worth knowing"], since: Samples.start)),
                    .held(item, Hold(buildNumber: 1, insteadOf: contents)),
                ], lease: lease)
            try await ledger.begin([Samples.intent("01JDZ", of: item)], lease: lease)
            try await ledger.setCheckpoint("shown:main", "example", lease: lease)
            let export = String(decoding: try await Self.export(ledger, marks: ["shown:main"]), as: UTF8.self)
            #expect(export == String(example))
            for key in ["build", "alias", "release", "note", "resolution", "hold", "intent", "mark", "end"] {
                #expect(export.contains("{\"\(key)\":") && text.contains("| `\(key)` |"))
            }
        }
    }

    @Test("that holds fewer records than it says is refused")
    func missingLine() async throws {
        var lines = try await Self.sample().split(separator: UInt8(ascii: "\n"))
        lines.remove(at: lines.count - 2)
        let error = try await Self.refusal(of: Array(lines.joined(separator: [UInt8(ascii: "\n")])))
        #expect(error?.message.contains("records were written") == true)
    }

    @Test("of a newer format is refused as such")
    func newer() async throws {
        let text =
            "{\"strata-export\":{\"version\":2,\"written\":\"2026-11-18T11:06:40Z\",\"by\":\"9\"}}\n{\"new\":1}\n"
        #expect(try await Self.refusal(of: Array(text.utf8))?.code == .unsupported)
    }

    @Test("of an empty ledger is two lines")
    func empty() async throws {
        try await withLedger { ledger, _ in
            let text = String(decoding: try await Self.export(ledger, marks: []), as: UTF8.self)
            #expect(
                text == """
                    {"strata-export":{"version":1,"written":"2026-11-18T11:06:40Z"}}
                    {"end":{"records":0}}

                    """)
        }
    }

    static func export(_ ledger: any Ledger, marks: [String]) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        try await LedgerExport.write(ledger, marks: marks, at: Samples.start) { bytes += $0 }
        return bytes
    }

    static func take(_ bytes: [UInt8], into ledger: any Ledger, _ lease: Lease, pieces: Int) async throws
        -> LedgerExportReader.Summary
    {
        var reader = LedgerExportReader(into: ledger, lease: lease, file: "ledger.jsonl", settingMarks: ["a"])
        for start in stride(from: 0, to: bytes.count, by: pieces) {
            try await reader.read(bytes[start..<min(start + pieces, bytes.count)])
        }
        return try await reader.end()
    }

    private static func refusal(of bytes: [UInt8]) async throws -> StrataError? {
        var refusal: StrataError?
        try await withLedger { ledger, lease in
            do {
                _ = try await take(bytes, into: ledger, lease, pieces: 100)
            } catch let error as StrataError {
                refusal = error
            }
        }
        return refusal
    }

    private static func sample() async throws -> [UInt8] {
        var bytes: [UInt8] = []
        try await withLedger { ledger, lease in
            let item = try Samples.item("requests")
            let events = [Event.built(try Samples.build(1, of: item)), .released(Samples.release(1, of: item))]
            try await ledger.record(events, lease: lease)
            bytes = try await export(ledger, marks: [])
        }
        return bytes
    }

    /// Anything that a ledger may know of an item.
    private static func events(of item: Item, _ chance: inout SeededGenerator) throws -> [Event] {
        let count = Int.random(in: 1...4, using: &chance)
        var events: [Event] = []
        for buildNumber in 1...count {
            let build = try Samples.build(buildNumber, of: item, version: "1.\(buildNumber)")
            let isExternal = Bool.random(using: &chance)
            events.append(
                .built(
                    isExternal
                        ? Build(
                            buildNumber: buildNumber, item: item, version: build.version, artifact: nil,
                            requirements: [],
                            packages: build.packages, created: build.created)
                        : build))
            if let contents = build.artifact?.contents, isExternal, Bool.random(using: &chance) {
                events.append(.same(item, contents, buildNumber: buildNumber))
            }
            for region in Samples.regions where Bool.random(using: &chance) {
                var release = Samples.release(
                    buildNumber, of: item, buildNumber: buildNumber, in: region,
                    status: Release.Status.allCases.randomElement(using: &chance) ?? .latest,
                    expires: Bool.random(using: &chance) ? Samples.start : nil, isExternal: isExternal,
                    isPinned: Bool.random(using: &chance))
                release.reason = Bool.random(using: &chance) ? chance.text("a\"\\\n/é🐍", length: 0...8) : nil
                release.announced = Bool.random(using: &chance) ? Samples.start : nil
                release.isRevoked = Bool.random(using: &chance)
                events.append(.released(release))
            }
        }
        if Bool.random(using: &chance) {
            let note = Note(kind: .unavailable, reason: chance.text("a\n\"", length: 0...5), since: Samples.start)
            events.append(.noted(item, Samples.regions[1], note))
        }
        let contents = try Samples.build(9, of: item).artifact?.contents
        events.append(
            .resolved(
                item,
                Resolution(
                    contents: Bool.random(using: &chance) ? contents : nil, remarks: ["a", ""], since: Samples.start)))
        if let contents, Bool.random(using: &chance) {
            events.append(.held(item, Hold(buildNumber: 1, insteadOf: contents)))
        }
        return events
    }
}
