import Model

/// What a ledger knows already of an export that is to be taken into it.
///
/// An export tells of one moment. A ledger that holds anything else than a part of it has lived on since, or is another
/// registry's: what it knows would be written over.
public actor ExportComparison {
    private let ledger: any Ledger
    private let identity: String
    private var seen: Set<Item> = []
    private var pending: [Item: Set<Event>] = [:]
    private var intents: Set<Intent.ID> = []
    /// What the export tells and the ledger lacks.
    private var missing = 0

    /// - Parameter identity: the mark whose first word names the registry that a ledger belongs to.
    public init(with ledger: any Ledger, identity: String) {
        self.ledger = ledger
        self.identity = identity
    }

    func take(_ events: [Event]) async throws {
        for event in events { pending[event.item, default: []].insert(event) }
        // The last item's events may go on.
        try await compare(pending.keys.filter { $0 != events.last?.item })
    }

    func take(_ intents: [Intent]) { self.intents.formUnion(intents.map(\.id)) }

    /// - Parameter marks: all of the export's.
    /// - Returns: how many of the export's records the ledger lacks.
    /// - Throws: `refused` if the ledger holds something that the export does not, or is another registry's.
    public func end(_ marks: [String: String]) async throws -> Int {
        try await compare(Array(pending.keys))
        let (told, known) = (registry(marks[identity]), registry(try await ledger.checkpoint(identity)))
        if let told, let known, told != known {
            throw refused("the export is of the registry \(told), and this ledger is of the registry \(known)")
        }
        for try await items in ledger.itemPages(of: 100) {
            for state in try await ledger.states(of: items.filter { !seen.contains($0) }) where !state.events.isEmpty {
                throw stranger("what is recorded of \(state.item)")
            }
        }
        var last: Intent.ID?
        var open: Set<Intent.ID> = []
        while true {
            let page = try await ledger.openIntents(after: last, limit: 500).map(\.id)
            guard let next = page.last else { break }
            open.formUnion(page)
            last = next
        }
        if let intent = open.subtracting(intents).min() { throw stranger("the open action \(intent)") }
        return missing + intents.subtracting(open).count
    }

    private func compare(_ items: [Item]) async throws {
        guard !items.isEmpty else { return }
        seen.formUnion(items)
        for state in try await ledger.states(of: items.sorted()) {
            let told = pending.removeValue(forKey: state.item) ?? []
            let known = Set(state.events)
            if let event = state.events.first(where: { $0.isPromise && !told.contains($0) }) {
                throw stranger(event.text)
            }
            missing += told.subtracting(known).count { $0.isPromise || !$0.isNote && state.resolution == nil }
        }
    }

    private func registry(_ mark: String?) -> Substring? { mark?.split(separator: " ").first }

    private func stranger(_ what: String) -> StrataError {
        refused("this ledger holds \(what), which the export does not: it is newer, or another registry's")
    }

    private func refused(_ what: String) -> StrataError {
        StrataError(
            .refused, "\(what); nothing was taken",
            hint: "name a ledger that is empty in 'ledger' of the configuration, or move this one away first")
    }
}

extension Event {
    /// Whether it is more than what a run finds out anew.
    fileprivate var isPromise: Bool {
        switch self {
        case .built, .same, .released, .held: true
        case .noted, .resolved: false
        }
    }

    fileprivate var isNote: Bool { if case .noted = self { true } else { false } }

    fileprivate var text: String {
        switch self {
        case .built(let build): "build \(build.buildNumber) of \(build.item)"
        case .same(let item, _, let buildNumber): "contents of build \(buildNumber) of \(item)"
        case .released(let release): "\(release.arn) as \(release.status.rawValue)"
        case .noted(let item, _, _), .resolved(let item, _), .held(let item, _): "what is recorded of \(item)"
        }
    }
}
