import AWS
import Local
import Model
import Settings
import Synchronization

/// Opens a ledger once for all that use it.
actor LazyLedger {
    private let settings: LedgerSettings
    private let cloud: CloudAccess
    private var opening: Task<any LedgerArchive, any Error>?

    init(_ settings: LedgerSettings, _ cloud: CloudAccess) {
        self.settings = settings
        self.cloud = cloud
    }

    func value() async throws -> any LedgerArchive {
        let task = opening ?? Task { try await open() }
        opening = task
        return try await task.value
    }

    private func open() async throws -> any LedgerArchive {
        switch settings {
        case .sqlite(let path): return try await SQLiteLedger.open(path: path)
        case .dynamodb(let table, let region):
            let ledger = try await cloud.ledger(table: table, region: region)
            LedgerCosts.add(ledger.capacity)
            try await ledger.check()
            return ledger
        }
    }
}

/// What the ledgers that this process opened have cost: told once, when its command ends.
enum LedgerCosts {
    private static let opened = Mutex<[CapacityUsed]>([])

    static func add(_ capacity: CapacityUsed) { opened.withLock { $0.append(capacity) } }

    /// One line for each ledger that costs something.
    static var lines: [String] {
        opened.withLock { $0.map(\.units) }.map { units in
            "The ledger took \(count(Int(units.read.rounded(.up)), "read unit")) and "
                + "\(count(Int(units.write.rounded(.up)), "write unit")) of DynamoDB in \(count(units.calls, "call"))."
        }
    }
}
