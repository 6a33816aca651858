/// Runs `work` for every element, at most `limit` at once, and gives the results in the elements' order.
///
/// What fails is data: `work` does not throw. A cancelled task still waits for what is under way.
func concurrentMap<Element: Sendable, Result: Sendable>(
    _ elements: [Element], limit: Int, _ work: @escaping @Sendable (Element) async -> Result
) async -> [Result] {
    await withTaskGroup(of: (Int, Result).self) { group in
        var results = [Result?](repeating: nil, count: elements.count)
        var next = 0
        func start() {
            guard next < elements.count else { return }
            let index = next
            next += 1
            let element = elements[index]
            group.addTask { (index, await work(element)) }
        }
        for _ in 0..<max(1, limit) { start() }
        while let (index, result) = await group.next() {
            results[index] = result
            start()
        }
        return results.compactMap(\.self)
    }
}
