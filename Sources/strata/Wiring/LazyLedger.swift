import AWS
import Local
import Model
import Settings

/// Opens a ledger once for all that use it.
actor LazyLedger {
    /// What the ledger is for.
    enum Access: Sendable {
        case full
        /// A ledger that is missing is not made, and its folder may be read-only.
        case reading
    }

    private let settings: LedgerSettings
    private let cloud: CloudAccess
    private let access: Access
    private let opened: @Sendable (CapacityUsed) -> Void
    private var opening: Task<any LedgerArchive, any Error>?

    /// - Parameter opened: is handed what a ledger in AWS will have cost.
    init(
        _ settings: LedgerSettings, _ cloud: CloudAccess, access: Access = .full,
        opened: @escaping @Sendable (CapacityUsed) -> Void
    ) {
        self.settings = settings
        self.cloud = cloud
        self.access = access
        self.opened = opened
    }

    func value() async throws -> any LedgerArchive {
        let task = opening ?? Task { try await open() }
        opening = task
        return try await task.value
    }

    private func open() async throws -> any LedgerArchive {
        switch settings {
        case .sqlite(let path):
            switch access {
            case .full: return try await SQLiteLedger.open(path: path)
            case .reading: return try await SQLiteLedger.openForReading(path: path)
            }
        case .dynamodb(let table, let region):
            let ledger = try await cloud.ledger(table: table, region: region)
            opened(ledger.capacity)
            try await ledger.check()
            return ledger
        }
    }
}

extension Console {
    /// Tells at the command's end what a ledger has cost.
    func tellCost(of capacity: CapacityUsed) {
        closing.add {
            let units = capacity.units
            return "The ledger took \(count(Int(units.read.rounded(.up)), "read unit")) and "
                + "\(count(Int(units.write.rounded(.up)), "write unit")) of DynamoDB in \(count(units.calls, "call"))."
        }
    }
}
