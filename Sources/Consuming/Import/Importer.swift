import Model

/// Brings imported releases into a ledger.
public struct Importer: Sendable {
    private let ledger: any Ledger
    private let lease: Lease

    /// What importing came to, besides what reading the files already told.
    public struct Summary: Sendable, Hashable {
        public var items = 0
        public var builds = 0
        /// Releases that are new, or told otherwise than before.
        public var releases = 0
        public var refusals: [ImportRemark] = []
        public var remarks: [ImportRemark] = []
    }

    public init(into ledger: any Ledger, lease: Lease) {
        self.ledger = ledger
        self.lease = lease
    }

    /// Records the releases as external ones. Importing the same again changes nothing.
    ///
    /// - Parameter now: stands for dates of publication that the files do not tell.
    /// - Throws: what the ledger throws. What was recorded by then stays; importing again completes it.
    public func record(_ releases: [ImportedRelease], now: Timestamp) async throws -> Summary {
        let byItem = Dictionary(grouping: releases, by: \.item)
        let items = byItem.keys.sorted()
        var summary = Summary()
        for start in stride(from: 0, to: items.count, by: 200) {
            let page = Array(items[start..<min(start + 200, items.count)])
            var events: [Event] = []
            for state in try await ledger.states(of: page) {
                let item = ItemImport(state.item, byItem[state.item] ?? [], known: state, now: now)
                summary.items += 1
                summary.refusals += item.refusals
                summary.remarks += item.remarks
                for event in item.events {
                    if case .built = event { summary.builds += 1 } else { summary.releases += 1 }
                    events.append(event)
                }
            }
            for unit in LedgerUnit.units(of: events) { try await ledger.record(unit, lease: lease) }
        }
        return summary
    }
}
