import Model

/// Does something once for each key, however many ask for it at the same time. What failed is done again when the
/// next one asks.
public actor OnceEach<Key: Hashable & Sendable, Value: Sendable> {
    private var tasks: [Key: Task<Result<Value, StrataError>, Never>] = [:]

    /// Nothing has been done yet.
    public init() {}

    /// The value of a key, from the work of whoever asked first.
    ///
    /// The work goes on if its first asker is cancelled, since others may wait for it; it has deadlines of its own.
    /// - Throws: what the work throws, to all who waited for it.
    public func value(
        _ key: Key, _ work: @escaping @Sendable () async throws(StrataError) -> Value
    ) async throws(StrataError) -> Value {
        let task =
            tasks[key]
            ?? Task {
                do throws(StrataError) { return .success(try await work()) } catch { return .failure(error) }
            }
        tasks[key] = task
        let result = await task.value
        if case .failure = result, tasks[key] == task { tasks[key] = nil }
        return try result.get()
    }
}
