import Model
import Tasks
import Testing

@Suite("A deadline")
struct DeadlineTests {
    @Test("leaves work alone that is done in time")
    func inTime() async throws {
        let value = try await withDeadline(.seconds(600), late: StrataError(.timedOut, "late")) { 7 }
        #expect(value == 7)
    }

    @Test("cancels work that takes too long, waits for it and says so")
    func late() async {
        let wasCancelled = FirstValue<Bool>()
        let error = await #expect(throws: StrataError.self) {
            try await withDeadline(.seconds(3), sleep: { _ in }, late: StrataError(.timedOut, "late")) {
                while !Task.isCancelled { await Task.yield() }
                wasCancelled.set(Task.isCancelled)
            }
        }
        #expect(error?.code == .timedOut)
        #expect(await wasCancelled.value())
    }

    @Test("sleeps as long as it was told")
    func duration() async throws {
        let slept = FirstValue<Duration>()
        _ = try? await withDeadline(.seconds(42), sleep: { slept.set($0) }, late: StrataError(.timedOut, "late")) {
            while !Task.isCancelled { await Task.yield() }
        }
        #expect(await slept.value() == .seconds(42))
    }

    @Test("lets the work's own error through")
    func failure() async {
        let error = await #expect(throws: StrataError.self) {
            try await withDeadline(.seconds(600), late: StrataError(.timedOut, "late")) {
                throw StrataError(.tool, "broken")
            }
        }
        #expect(error?.code == .tool)
    }
}
