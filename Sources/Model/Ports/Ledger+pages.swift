extension Ledger {
    /// All items that the ledger knows, sorted, some at a time.
    public func itemPages(of size: Int = 1000) -> ItemPages { ItemPages(ledger: self, size: size) }
}

/// The items of a ledger, read page by page as they are asked for.
public struct ItemPages: AsyncSequence, Sendable {
    fileprivate let ledger: any Ledger
    fileprivate let size: Int

    public struct AsyncIterator: AsyncIteratorProtocol {
        private let ledger: any Ledger
        private let size: Int
        private var last: Item?
        private var isAtEnd = false

        fileprivate init(_ pages: ItemPages) {
            ledger = pages.ledger
            size = pages.size
        }

        public mutating func next() async throws -> [Item]? {
            guard !isAtEnd else { return nil }
            let page = try await ledger.items(after: last, limit: size)
            isAtEnd = page.count < size
            last = page.last
            return page.isEmpty ? nil : page
        }
    }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(self) }
}
