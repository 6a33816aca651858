extension Sequence where Element: Sendable {
    /// Does the work for each element, at most `limit` at once, and gives the results in the elements' order.
    ///
    /// - Throws: the first failure. The others are cancelled then, and waited for; nothing more is begun.
    public func boundedMap<Value: Sendable, Failure: Error>(
        limit: Int, _ work: @escaping @Sendable (Element) async throws(Failure) -> Value
    ) async throws(Failure) -> [Value] {
        var values: [Int: Value] = [:]
        try await run(limit: limit, work) { index, value throws(Failure) in values[index] = value }
        return values.sorted { $0.key < $1.key }.map(\.value)
    }

    /// Does the work for each element, at most `limit` at once, and hands the results over one by one, in any order.
    ///
    /// - Throws: the first failure, of the work or of `take`. The others are cancelled then, and waited for; nothing
    ///   more is begun.
    public func forEachBounded<Value: Sendable, Failure: Error>(
        limit: Int, _ work: @escaping @Sendable (Element) async throws(Failure) -> Value,
        take: (Value) throws(Failure) -> Void
    ) async throws(Failure) {
        try await run(limit: limit, work) { _, value throws(Failure) in try take(value) }
    }

    /// The same, for work without a result.
    public func forEachBounded<Failure: Error>(
        limit: Int, _ work: @escaping @Sendable (Element) async throws(Failure) -> Void
    ) async throws(Failure) {
        try await run(limit: limit, work) { _, _ throws(Failure) in }
    }

    private func run<Value: Sendable, Failure: Error>(
        limit: Int, _ work: @escaping @Sendable (Element) async throws(Failure) -> Value,
        take: (Int, Value) throws(Failure) -> Void
    ) async throws(Failure) {
        let failure: Failure? = await withTaskGroup(of: Done<Value, Failure>.self) { group in
            var rest = enumerated().makeIterator()
            func begin() {
                guard let (index, element) = rest.next() else { return }
                group.addTask {
                    do throws(Failure) {
                        return Done(index: index, result: .success(try await work(element)))
                    } catch {
                        return Done(index: index, result: .failure(error))
                    }
                }
            }
            for _ in 0..<Swift.max(1, limit) { begin() }
            var failure: Failure?
            while let done = await group.next() {
                guard failure == nil else { continue }
                do throws(Failure) {
                    try take(done.index, try done.result.get())
                    begin()
                } catch {
                    failure = error
                    group.cancelAll()
                }
            }
            return failure
        }
        if let failure { throw failure }
    }
}

/// A struct, since tuples with typed results are miscompiled in task groups: docs/decisions/0006-no-result-tuples.md.
private struct Done<Value: Sendable, Failure: Error>: Sendable {
    let index: Int
    let result: Result<Value, Failure>
}
