import Model
import Testing

extension LedgerContract {
    static let pagingCases: [ContractCase<LedgerSubject>] = [
        ContractCase("items are listed sorted, page by page, without loss or repetition") { subject in
            let lease = try await subject.lease()
            let targets = ["python3.9", "python3.10", "python3.10-arm64", "python3.12"]
            let items = try ["B", "a", "a-b", "a_b", "a1"].flatMap { layer in
                try targets.map { try Samples.item(layer, $0) }
            }
            try await subject.ledger.record(items.shuffled().map { .built(try Samples.build(1, of: $0)) }, lease: lease)
            for limit in [1, 3, items.count, 100] {
                var seen: [Item] = []
                while true {
                    let page = try await subject.other.items(after: seen.last, limit: limit)
                    #expect(page.count <= limit)
                    if page.isEmpty { break }
                    seen += page
                }
                #expect(seen == items.sorted())
            }
        },
        ContractCase("changes are read page by page without loss, wherever a page ends") { subject in
            let lease = try await subject.lease()
            // One unit touches all of them: a page that ends inside it must not lose the rest.
            let items = try (1...7).map { try Samples.item("layer-\($0)") }
            try await subject.ledger.record(items.map { .built(try Samples.build(1, of: $0)) }, lease: lease)
            for limit in 1...8 {
                var seen: [ItemState] = []
                while true {
                    let page = try await subject.other.changes(since: seen.last?.revision ?? 0, limit: limit)
                    #expect(page.count <= limit)
                    if page.isEmpty { break }
                    seen += page
                }
                #expect(Set(seen.map(\.item)) == Set(items))
                #expect(seen.count == items.count)
                #expect(seen.map(\.revision) == seen.map(\.revision).sorted())
            }
        },
        ContractCase("an item that changed again comes after those that did not") { subject in
            let lease = try await subject.lease()
            let items = try ["a", "b", "c"].map { try Samples.item($0) }
            for item in items { try await subject.ledger.record([.built(Samples.build(1, of: item))], lease: lease) }
            let before = try Samples.required(try await subject.ledger.changes(since: 0, limit: 10).last).revision
            try await subject.ledger.record([.released(Samples.release(1, of: items[0]))], lease: lease)
            let all = try await subject.ledger.changes(since: 0, limit: 10)
            #expect(all.map(\.item) == [items[1], items[2], items[0]])
            let news = try await subject.ledger.changes(since: before, limit: 10)
            #expect(news == (try await subject.ledger.states(of: [items[0]])))
            #expect(try await subject.ledger.changes(since: news[0].revision, limit: 10).isEmpty)
        },
        ContractCase("open intents are listed oldest first, page by page") { subject in
            let lease = try await subject.lease()
            let item = try Samples.item("requests")
            let intents = ["01A", "01B", "01C"].flatMap { publication in
                Samples.regions.sorted().map { Samples.intent(publication, of: item, in: $0) }
            }
            try await subject.ledger.begin(intents.shuffled(), lease: lease)
            for limit in [1, 2, 4, 9, 10] {
                var seen: [Intent] = []
                while true {
                    let page = try await subject.other.openIntents(after: seen.last?.id, limit: limit)
                    #expect(page.count <= limit)
                    if page.isEmpty { break }
                    seen += page
                }
                #expect(seen == intents)
            }
        },
    ]
}
