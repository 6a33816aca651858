import Model

/// The table that a DynamoDB ledger lives in: its keys, its index, and where each kind of record lies.
/// `docs/dynamodb.md` tells the same with its reasons.
public enum LedgerTable {
    /// What makes a table one that a ledger fits into: what a template has to create.
    public struct Definition: Sendable, Hashable {
        public struct Key: Sendable, Hashable {
            public let name: String
            /// `HASH` for the partition, `RANGE` for the place in it. All keys are strings.
            public let kind: String

            public init(name: String, kind: String) {
                self.name = name
                self.kind = kind
            }
        }
        public struct Index: Sendable, Hashable {
            public let name: String
            public let keys: [Key]
            /// The attributes that the index repeats, besides all keys.
            public let included: [String]

            public init(name: String, keys: [Key], included: [String]) {
                self.name = name
                self.keys = keys
                self.included = included
            }
        }
        public let keys: [Key]
        public let index: Index
        public let billing: String

        public init(keys: [Key], index: Index, billing: String) {
            self.keys = keys
            self.index = index
            self.billing = billing
        }
    }

    /// A table with a partition and a sort key, one sparse index, paid by the request.
    public static let definition = Definition(
        keys: [.init(name: "pk", kind: "HASH"), .init(name: "sk", kind: "RANGE")],
        index: .init(
            name: "listing", keys: [.init(name: "gpk", kind: "HASH"), .init(name: "gsk", kind: "RANGE")],
            included: ["json", "version"]),
        billing: "PAY_PER_REQUEST")

    /// How many records share the work where all writers meet: the gates that tell whose the lease is. A transaction
    /// looks at one of them by chance, so that two seldom want the same.
    package static let gates = 32
    /// How many partitions an index that every unit writes to is spread over.
    static let shards = 8

    static let counter = RecordKey("ledger", "counter")
    static let marks = "marks"
    static let items = "items"

    static func lease(_ name: String) -> RecordKey { RecordKey("lease", name) }
    static func gate(_ number: Int) -> RecordKey { RecordKey("gate#\(pad(number, 2))", "gate") }
    static func checkpoint(_ name: String) -> RecordKey { RecordKey(marks, name) }

    static func partition(of item: Item) -> String { "item#\(item.layer)#\(item.target)" }
    static func head(_ item: Item) -> RecordKey { RecordKey(partition(of: item), "head") }
    static func known(_ item: Item) -> RecordKey { RecordKey(items, sort(item)) }

    static func change(_ revision: Int) -> RecordKey {
        RecordKey(changes(revision % shards), pad(revision, 15))
    }
    static func changes(_ shard: Int) -> String { "changes#\(shard)" }

    /// Open intents, by publication and part.
    static func open(_ id: Intent.ID) -> RecordKey { RecordKey(open(shard: shard(id.description)), sort(id)) }
    static func open(shard: Int) -> String { "open#\(shard)" }

    /// `#` comes before every character that a layer's name or a publication may hold, so a name comes before those that
    /// it begins.
    static func sort(_ item: Item) -> String {
        let target = item.target
        return "\(item.layer)#\(pad(target.python.major, 3)).\(pad(target.python.minor, 3))"
            + (target.architecture == .arm64 ? "#1" : "#0")
    }
    static func sort(_ id: Intent.ID) -> String { "\(id.publication)#\(id.part)" }
    static func sort(_ id: Release.ID) -> String { "\(id.region)#\(id.name)#\(pad(id.number, 12))" }

    static func shard(_ text: String) -> Int { Int(Seal.digest(text) % UInt64(shards)) }

    static func pad(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}

/// Tells whether the records of an item that were read belong together.
///
/// A query may see some records of a transaction and not yet others. So the item's head carries a seal, the exclusive or
/// of a digest of every other record's sort key and revision. A reader that finds another seal reads again.
enum Seal {
    /// FNV-1a, mixed: the same in every process, for ever.
    static func digest(_ text: String) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        hash = (hash ^ (hash >> 30)) &* 0xbf58_476d_1ce4_e5b9
        return hash ^ (hash >> 31)
    }

    /// What one record adds to its item's seal, and takes away again.
    static func of(_ sort: String, _ revision: Int) -> UInt64 { digest("\(sort)@\(revision)") }
}
