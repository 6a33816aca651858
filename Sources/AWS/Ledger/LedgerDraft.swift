import Model

/// One unit of changes before it is written: what was read of the items that it touches, and what is to become of them.
///
/// Its rules are those of every ledger: what is there already changes nothing, another build under a taken build number is
/// refused, and at the end whatever names a build names one that exists.
struct LedgerDraft {
    /// A record of an item as it was read, and as it is to be.
    private struct Slot {
        /// The revision of the record that was read; nil if there was none.
        let revision: Int?
        let before: ItemRecord?
        var now: ItemRecord?
    }

    /// An item as it was read, and as it is to be.
    struct Entry {
        let before: ItemHead
        var now: ItemHead
        var isTouched = false
    }

    private(set) var heads: [Item: Entry] = [:]
    private var slots: [Item: [String: Slot]] = [:]
    private var opened: [Intent] = []
    private(set) var closed: Intent?

    // What was read.

    mutating func add(_ item: Item, _ head: ItemHead) { heads[item] = Entry(before: head, now: head) }

    mutating func add(_ item: Item, _ sort: String, _ record: ItemRecord?, revision: Int?) {
        slots[item, default: [:]][sort] = Slot(revision: revision, before: record, now: record)
    }

    // What happens.

    /// - Throws: `inconsistent` for what contradicts what was read.
    mutating func apply(_ event: Event) throws(StrataError) {
        let item = event.item
        switch event {
        case .built(let build):
            if let known = slots[item]?[ItemRecord.build(build.buildNumber)]?.now {
                guard known == .build(build) else {
                    throw StrataError(
                        .inconsistent, "another build is recorded as build \(build.buildNumber)", place: item.place)
                }
                return
            }
            set(item, .build(build))
            heads[item]?.now.buildNumbers.insert(build.buildNumber)
        case .same(_, let contents, let buildNumber): set(item, .alias(contents, buildNumber: buildNumber))
        case .released(let release): set(item, .release(release), at: place(of: release))
        case .noted(_, let region, let note?): set(item, .note(region, note))
        case .noted(_, let region, nil): remove(item, ItemRecord.note(region))
        case .resolved(_, let resolution): change(item) { $0.resolution = resolution }
        case .held(_, let hold): change(item) { $0.hold = hold }
        }
    }

    mutating func open(_ intent: Intent) {
        guard !opened.contains(where: { $0.id == intent.id }) else { return }
        opened.append(intent)
        set(intent.item, .intent(intent))
    }

    mutating func close(_ intent: Intent) {
        closed = intent
        remove(intent.item, ItemRecord.intent(intent.id))
    }

    /// Looks at the end only: in between a unit may name what it records later, or what it then replaces.
    ///
    /// - Throws: `inconsistent` if something names a build that does not exist.
    func check() throws(StrataError) {
        for (item, entry) in heads {
            var named = (slots[item] ?? [:]).values.compactMap { $0.now?.buildNumber }
            if let hold = entry.now.content.hold { named.append(hold.buildNumber) }
            if let missing = named.sorted().first(where: { !entry.now.buildNumbers.contains($0) }) {
                throw StrataError(.inconsistent, "there is no build \(missing)", place: item.place)
            }
        }
    }

    /// Where a release lies: another account's version may have the place that its name and number give.
    private func place(of release: Release) -> String {
        isElsewhere(release) ? ItemRecord.release(besides: release.id) : ItemRecord.release(release.id)
    }

    /// Whether the place that a release's name and number give is another account's.
    func isElsewhere(_ release: Release) -> Bool {
        guard case .release(let there) = slots[release.item]?[ItemRecord.release(release.id)]?.now else { return false }
        return there.id != release.id
    }

    private mutating func set(_ item: Item, _ record: ItemRecord, at place: String? = nil) {
        let sort = place ?? record.sort
        guard slots[item]?[sort]?.now != record else { return }
        let known = slots[item]?[sort]
        slots[item, default: [:]][sort] = Slot(revision: known?.revision, before: known?.before, now: record)
        heads[item]?.isTouched = true
    }

    private mutating func remove(_ item: Item, _ sort: String) {
        guard slots[item]?[sort]?.now != nil else { return }
        slots[item]?[sort]?.now = nil
        heads[item]?.isTouched = true
    }

    private mutating func change(_ item: Item, _ body: (inout ItemHead.Content) -> Void) {
        guard var content = heads[item]?.now.content else { return }
        body(&content)
        guard content != heads[item]?.now.content else { return }
        heads[item]?.now.content = content
        heads[item]?.isTouched = true
    }

    // What is to be written.

    var touched: [Item] { heads.filter { $0.value.isTouched }.keys.sorted() }
    var isEmpty: Bool { touched.isEmpty && opened.isEmpty && closed == nil }

    /// The change records that this unit outdates.
    var outdated: [RecordKey] {
        heads.values.filter { $0.isTouched && $0.before.revision > 0 }.map { LedgerTable.change($0.before.revision) }
    }

    /// The steps of the transaction, besides the gate's.
    /// - Parameter first: the first of as many revisions as there are touched items.
    func steps(from first: Int, _ body: RecordBody) async throws -> [DynamoDB.Write] {
        var steps: [DynamoDB.Write] = []
        for (offset, item) in touched.enumerated() {
            steps += try await self.steps(of: item, revision: first + offset, body)
        }
        for intent in opened {
            var record = LedgerTable.open(intent.id).record.merging(try await body.attributes(intent)) { $1 }
            record.merge(intent.item.attributes) { $1 }
            record["revision"] = .number(first + (touched.firstIndex(of: intent.item) ?? 0))
            steps.append(.put(record, if: .isNew))
        }
        if let closed { steps.append(.delete(LedgerTable.open(closed.id), if: .isThere)) }
        return steps
    }

    private func steps(of item: Item, revision: Int, _ body: RecordBody) async throws -> [DynamoDB.Write] {
        guard let entry = heads[item] else { return [] }
        var head = entry.now
        head.revision = revision
        var steps: [DynamoDB.Write] = []
        for (sort, slot) in (slots[item] ?? [:]).sorted(by: { $0.key < $1.key }) where slot.now != slot.before {
            if let former = slot.revision { head.seal ^= Seal.of(sort, former) }
            if let record = slot.now {
                head.seal ^= Seal.of(sort, revision)
                steps.append(.put(try await record.record(of: item, at: sort, revision: revision, body), if: nil))
            } else {
                steps.append(.delete(RecordKey(LedgerTable.partition(of: item), sort), if: nil))
            }
        }
        let isNew = entry.before.revision == 0
        let condition =
            isNew
            ? Expression.isNew
            : Expression(
                "#revision = :former", names: ["#revision": "revision"],
                values: [":former": .number(entry.before.revision)])
        steps.append(.put(try await head.record(of: item, body), if: condition))
        steps.append(.put(LedgerTable.change(revision).record.merging(item.attributes) { $1 }, if: nil))
        if isNew { steps.append(.put(LedgerTable.known(item).record.merging(item.attributes) { $1 }, if: nil)) }
        return steps
    }
}
