import HTTP
import Model
import Synchronization
import Testing

@Suite("A retry")
struct RetryTests {
    let policy = RetryPolicy(attempts: 5, base: .seconds(1), cap: .seconds(4))

    @Test("waits up to twice as long each time, to a cap")
    func backoff() {
        let longest = (1...5).map { policy.wait(afterFailures: $0, requested: nil, random: 0.999_999) }
        for (wait, ceiling) in zip(longest, [1, 2, 4, 4]) {
            #expect(wait.map { $0 > .seconds(ceiling) * 0.99 && $0 <= .seconds(ceiling) } == true)
        }
        #expect(longest[4] == nil)
        #expect(policy.wait(afterFailures: 3, requested: nil, random: 0) == .zero)
        #expect(RetryPolicy.never.wait(afterFailures: 1, requested: nil, random: 0) == nil)
    }

    @Test("honours Retry-After, with jitter on top, and gives up when it is too long")
    func retryAfter() {
        #expect(policy.wait(afterFailures: 1, requested: .seconds(3), random: 0.5) == .seconds(3.5))
        #expect(policy.wait(afterFailures: 1, requested: .seconds(5), random: 0.5) == nil)
    }

    @Test("repeats what may pass, and waits as told")
    func repeats() async throws {
        let waits = Mutex<[Duration]>([])
        let retrying = Retrying(policy, sleep: { wait in waits.withLock { $0.append(wait) } }, random: { 0.5 })
        let result = try await retrying { attempt throws(StrataError) in
            switch attempt {
            case 1: throw StrataError(.connection, "reset")
            case 2:
                throw StrataError(
                    .throttled, "slow down", cause: HTTPStatusFailure(status: 429, retryAfter: .seconds(2)))
            default: return attempt
            }
        }
        #expect(result == 3)
        #expect(waits.withLock { $0 } == [.seconds(0.5), .seconds(2.5)])
    }

    @Test("ends with the last failure, or with the first that will not pass")
    func ends() async {
        let retrying = Retrying(policy, sleep: { _ in }, random: { 0 })
        let attempts = Mutex(0)
        let last = await failure {
            try await retrying { attempt throws(StrataError) -> Int in
                attempts.withLock { $0 = attempt }
                throw StrataError(.unavailable, "try \(attempt)")
            }
        }
        #expect(last?.message == "try 5")
        #expect(attempts.withLock { $0 } == 5)
        let denied = await failure {
            try await retrying { attempt throws(StrataError) -> Int in
                attempts.withLock { $0 = attempt }
                throw StrataError(.accessDenied, "no")
            }
        }
        #expect(denied?.code == .accessDenied)
        #expect(attempts.withLock { $0 } == 1)
    }

    @Test("ends as cancelled when the wait is cancelled")
    func cancelled() async {
        let retrying = Retrying(policy, sleep: { _ in throw CancellationError() })
        let error = await failure {
            try await retrying { _ throws(StrataError) -> Int in throw StrataError(.connection, "reset") }
        }
        #expect(error?.code == .cancelled)
    }

    @Test(
        "reads Retry-After as seconds and as a date",
        arguments: [
            ("120", Duration.seconds(120)), ("0", .zero), ("Mon, 23 Nov 2026 19:31:00 GMT", .seconds(60)),
            ("Mon, 23 Nov 2026 19:29:00 GMT", .zero), ("-5", nil), ("soon", nil), ("Mon, 23 Nov 2026 19:31:00", nil),
        ])
    func header(text: String, wait: Duration?) throws {
        let now = try #require(Timestamp("2026-11-23T19:30:00Z"))
        let head = HTTPHead(status: 429, headers: ["retry-after": text], url: "")
        #expect(head.retryAfter(now: now) == wait)
    }
}

@Suite("The waiting line")
struct WaitingLineTests {
    @Test("lets the first come first among hosts that have room")
    func order() {
        var line = WaitingLine<Int>(limits: HTTPClient.Limits(inFlight: 3, inFlightPerHost: 2))
        for (element, host) in [(1, "a"), (2, "a"), (3, "a"), (4, "b"), (5, "a"), (6, "b")] {
            line.add(element, host: host)
        }
        #expect((0..<4).map { _ in line.next() } == [1, 2, 4, nil])
        line.finish(host: "b")
        #expect((0..<2).map { _ in line.next() } == [6, nil])
        line.finish(host: "a")
        #expect(line.withdraw(host: "a", where: { $0 == 5 }) == 5)
        #expect(line.withdraw(host: "a", where: { $0 == 5 }) == nil)
        #expect((0..<2).map { _ in line.next() } == [3, nil])
        line.add(7, host: "c")
        #expect(line.drain() == [7])
        #expect(line.next() == nil)
    }

    @Test("hands out every element once, in order for each host, and never exceeds its limits")
    func property() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<50 {
            let limits = HTTPClient.Limits(inFlight: .random(in: 1...6), inFlightPerHost: .random(in: 1...3))
            var line = WaitingLine<Int>(limits: limits)
            var flying: [(element: Int, host: String)] = []
            var seen: [String: [Int]] = [:]
            var added = 0
            while seen.values.joined().count < 200 {
                if added < 200, Bool.random(using: &random) {
                    line.add(added, host: "h\(added % 5)")
                    added += 1
                }
                while let next = line.next() {
                    flying.append((next, "h\(next % 5)"))
                    seen["h\(next % 5)", default: []].append(next)
                }
                #expect(flying.count <= limits.inFlight)
                for host in Set(flying.map(\.host)) {
                    #expect(flying.count { $0.host == host } <= limits.inFlightPerHost)
                }
                if !flying.isEmpty, added == 200 || Bool.random(using: &random) {
                    line.finish(host: flying.remove(at: .random(in: flying.indices)).host)
                }
            }
            #expect(seen.values.allSatisfy { $0 == $0.sorted() && $0.count == 40 })
        }
    }
}

@Suite("A URL in an error")
struct RedactionTests {
    @Test(
        "shows where, never who or what",
        arguments: [
            ("https://u:p@h:1/a/b?x=1&y#z", "https://h:1/a/b?x=…&y"),
            ("https://token@h", "https://h"),
            ("https://u:p@ss@h/@x", "https://h/@x"),
            ("https://h/?X-Amz-Security-Token=abc", "https://h/?X-Amz-Security-Token=…"),
            ("plain", "plain"),
        ])
    func redacted(url: String, shown: String) {
        #expect(HTTPRequest.redacted(url) == shown)
    }
}
