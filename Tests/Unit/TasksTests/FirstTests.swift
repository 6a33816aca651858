import Model
import Tasks
import Testing

@Suite("The first of several")
struct FirstTests {
    @Test("errors is kept")
    func error() throws {
        let first = FirstError<StrataError>()
        try first.check()
        first.catching { () throws(StrataError) in throw StrataError(.tool, "first") }
        first.set(StrataError(.file, "second"))
        let error = #expect(throws: StrataError.self) { try first.check() }
        #expect(error?.message == "first")
    }

    @Test("askers does the work for all of them, and the next one again after a failure")
    func once() async throws {
        let once = OnceEach<String, Int>()
        let calls = Counter()
        let values = try await (0..<20).boundedMap(limit: 20) { _ in
            try await once.value("a") { () async throws(StrataError) in await calls.next() }
        }
        #expect(values == Array(repeating: 1, count: 20))
        await #expect(throws: StrataError.self) {
            try await once.value("b") { () async throws(StrataError) in throw StrataError(.tool, "broken") }
        }
        #expect(try await once.value("b") { () async throws(StrataError) in 5 } == 5)
    }
}

private actor Counter {
    private var count = 0
    func next() -> Int {
        count += 1
        return count
    }
}
