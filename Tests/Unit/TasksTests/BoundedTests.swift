import Model
import Synchronization
import Tasks
import Testing

@Suite("Bounded work")
struct BoundedTests {
    @Test("gives the results in the elements' order, whoever ends first")
    func order() async {
        let values = await (0..<50).boundedMap(limit: 8) { number -> Int in
            for _ in 0..<(50 - number) { await Task.yield() }
            return number * 2
        }
        #expect(values == (0..<50).map { $0 * 2 })
    }

    @Test("never has more under way than its limit, and at least one", arguments: [-1, 0, 1, 3, 100])
    func limit(limit: Int) async {
        let running = Mutex(Peak())
        await (0..<40).forEachBounded(limit: limit) { _ in
            running.withLock { $0.enter() }
            for _ in 0..<5 { await Task.yield() }
            running.withLock { $0.now -= 1 }
        }
        #expect(running.withLock(\.highest) <= max(1, limit))
        #expect(running.withLock(\.count) == 40)
    }

    @Test("takes each result once, one at a time")
    func taking() async {
        var sum = 0
        await (1...100).forEachBounded(limit: 4) {
            $0
        } take: {
            sum += $0
        }
        #expect(sum == 5050)
    }

    @Test("throws the first failure, cancels the rest and begins nothing more")
    func failure() async {
        let begun = Atomic(0)
        await #expect(throws: StrataError.self) {
            try await (0..<100).boundedMap(limit: 3) { number throws(StrataError) -> Int in
                begun.add(1, ordering: .relaxed)
                if number == 1 { throw StrataError(.tool, "broken") }
                while !Task.isCancelled { await Task.yield() }
                return number
            }
        }
        #expect(begun.load(ordering: .relaxed) == 3)
    }

    @Test("ends when its taker fails")
    func takerFails() async {
        var taken = 0
        await #expect(throws: StrataError.self) {
            try await (0..<100).forEachBounded(limit: 2) { number throws(StrataError) in
                number
            } take: {
                _ throws(StrataError) in
                taken += 1
                if taken == 5 { throw StrataError(.file, "full") }
            }
        }
        #expect(taken == 5)
    }

    @Test("has nothing to do without elements")
    func nothing() async throws {
        #expect(await [Int]().boundedMap(limit: 4) { $0 }.isEmpty)
    }

    private struct Peak {
        var now = 0
        var highest = 0
        var count = 0
        mutating func enter() {
            now += 1
            count += 1
            highest = max(highest, now)
        }
    }
}
