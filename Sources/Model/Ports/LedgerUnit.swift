/// What one atomic unit of a ledger may hold, for every ledger alike: what one transaction of DynamoDB holds.
/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
///
/// A transaction has 100 steps. One looks at the lease. Each item that is touched needs three besides its events: what
/// all its changes have to agree on, its place among the changes, and, once, its place among the items. An intent needs
/// two: one for its item, one for the list of open ones.
public enum LedgerUnit {
    static let steps = 100

    /// - Throws: `invalidRequest` if the events, and the end of an intent, do not fit one unit: the caller has to divide
    ///   them.
    public static func check(_ events: [Event], ending isEnding: Bool = false) throws(StrataError) {
        var size = Size()
        for event in events { size.add(1, event.item) }
        // The intent's own item may be another one.
        if isEnding { size.steps += 2 + 3 }
        try check(size, events.count)
    }

    /// The same for intents that are begun.
    public static func check(_ intents: [Intent]) throws(StrataError) {
        var size = Size()
        for intent in intents { size.add(2, intent.item) }
        try check(size, intents.count)
    }

    /// Divides events into as few units as hold them in their order.
    public static func units(of events: [Event]) -> [[Event]] { units(of: events, steps: 1, \.item) }

    /// Divides intents into as few units as hold them in their order.
    public static func units(of intents: [Intent]) -> [[Intent]] { units(of: intents, steps: 2, \.item) }

    private static func check(_ size: Size, _ changes: Int) throws(StrataError) {
        guard size.steps <= steps else {
            throw StrataError(
                .invalidRequest,
                "\(changes) changes of \(size.items.count) items do not fit one unit of the ledger")
        }
    }

    private static func units<Change>(of changes: [Change], steps: Int, _ item: (Change) -> Item) -> [[Change]] {
        var units: [[Change]] = []
        var size = Size()
        for change in changes {
            var next = size
            next.add(steps, item(change))
            if units.isEmpty || next.steps > Self.steps {
                units.append([])
                next = Size()
                next.add(steps, item(change))
            }
            units[units.count - 1].append(change)
            size = next
        }
        return units
    }

    private struct Size {
        /// The lease's.
        var steps = 1
        var items: Set<Item> = []

        mutating func add(_ own: Int, _ item: Item) {
            steps += own
            if items.insert(item).inserted { steps += 3 }
        }
    }
}
