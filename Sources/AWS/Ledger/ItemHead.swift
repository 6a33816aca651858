import Model

/// What an item's head record holds: what every unit that touches the item has to agree on.
struct ItemHead: Sendable, Hashable {
    /// 0 for an item that the ledger does not know.
    var revision = 0
    var seal: UInt64 = 0
    /// The build numbers of its builds: releases refer to them.
    var buildNumbers = BuildNumbers()
    var content = Content()

    struct Content: Sendable, Hashable, Codable {
        var resolution: Resolution?
        var hold: Hold?
    }

    init() {}

    init(_ record: Record, _ body: RecordBody) async throws {
        guard let revision = record["revision"]?.number,
            let seal = record["seal"]?.text.flatMap({ UInt64($0, radix: 16) }),
            let buildNumbers = record["serials"]?.text.flatMap(BuildNumbers.init)
        else { throw StrataError(.inconsistent, "the head of '\(record["pk"]?.text ?? "")' cannot be read") }
        self.revision = revision
        self.seal = seal
        self.buildNumbers = buildNumbers
        content = try await body.value(of: record)
    }

    func record(of item: Item, _ body: RecordBody) async throws -> Record {
        LedgerTable.head(item).record
            .merging(try await body.attributes(content)) { $1 }
            .merging([
                "revision": .number(revision), "seal": .text(String(seal, radix: 16)),
                "serials": .text(buildNumbers.description),
            ]) { $1 }
    }

    /// Numbers as ranges: `1-20,22`.
    struct BuildNumbers: Sendable, Hashable, LosslessStringConvertible {
        private var numbers: Set<Int> = []

        init() {}
        init(_ numbers: some Sequence<Int>) { self.numbers = Set(numbers) }

        init?(_ description: String) {
            for part in description.split(separator: ",") {
                let ends = part.split(separator: "-").map { Int($0) }
                guard let first = ends.first ?? nil, let last = ends.last ?? nil, ends.count <= 2, first <= last,
                    last - first < 1_000_000
                else { return nil }
                numbers.formUnion(first...last)
            }
        }

        func contains(_ number: Int) -> Bool { numbers.contains(number) }
        mutating func insert(_ number: Int) { numbers.insert(number) }

        var description: String {
            var ranges: [ClosedRange<Int>] = []
            for number in numbers.sorted() {
                if let last = ranges.last, last.upperBound + 1 == number {
                    ranges[ranges.count - 1] = last.lowerBound...number
                } else {
                    ranges.append(number...number)
                }
            }
            return ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
                .joined(separator: ",")
        }
    }
}
