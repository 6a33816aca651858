import GRDB
import Model

extension SQLiteLedger {
    public func begin(_ intents: [Intent], lease: Lease) async throws {
        try LedgerUnit.check(intents)
        try await unit(lease: lease) { unit in
            for intent in intents { try unit.open(intent) }
        }
    }

    public func close(_ intent: Intent.ID, events: [Event], lease: Lease) async throws {
        try LedgerUnit.check(events, ending: true)
        try await unit(lease: lease) { unit in
            guard try unit.close(intent) else { return }
            for event in events { try unit.apply(event) }
        }
    }

    public func record(_ events: [Event], lease: Lease) async throws {
        try LedgerUnit.check(events)
        try await unit(lease: lease) { unit in
            for event in events { try unit.apply(event) }
        }
    }

    public func setCheckpoint(_ name: String, _ value: String?, lease: Lease) async throws {
        try await unit(lease: lease) { unit in
            if let value {
                try unit.db.execute(
                    sql: "INSERT OR REPLACE INTO mark (name, value) VALUES (?, ?)", arguments: [name, value])
            } else {
                try unit.db.execute(sql: "DELETE FROM mark WHERE name = ?", arguments: [name])
            }
        }
    }
}
