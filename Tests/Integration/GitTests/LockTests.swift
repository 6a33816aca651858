import Foundation
import Git
import Model
import Testing

@Suite("Locks in a repository in the file system", .bounded)
struct LockTests {
    @Test("a lock that a run of ours left when it was killed is taken at once")
    func ours() async throws {
        let place = try Workplace()
        _ = try await place.registry(cache: "seed").publish(try .of([.write("a", "0")]))
        try place.write("remote.git/refs/heads/main.lock", "")
        try place.write("remote.git/strata-push.lock", "main")
        let start = ContinuousClock.now
        let outcome = try await place.registry().publish(try .of([.write("a", "1")]))
        guard case .pushed(let pushed) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(pushed.attempts == 1)
        #expect(start.duration(to: .now) < .seconds(60))
        #expect(try place.text("a") == "1")
        #expect(!FileManager.default.fileExists(atPath: place.path("remote.git/refs/heads/main.lock")))
        #expect(try place.read("remote.git/strata-push.lock").isEmpty)
        try place.expectSound()
    }

    @Test("an old lock that nobody has open is taken, whoever made it")
    func old() async throws {
        let place = try Workplace()
        _ = try await place.registry(cache: "seed").publish(try .of([.write("a", "0")]))
        let lock = place.path("remote.git/refs/heads/main.lock")
        try Data().write(to: URL(filePath: lock))
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSinceNow: -3600)], ofItemAtPath: lock)
        _ = try await place.registry().publish(try .of([.write("a", "1")]))
        #expect(try place.text("a") == "1")
    }

    @Test("a lock that is held is waited for, and is not called a race")
    func held() async throws {
        let place = try Workplace()
        _ = try await place.registry(cache: "seed").publish(try .of([.write("a", "0")]))
        let lock = place.path("remote.git/refs/heads/main.lock")
        try Data().write(to: URL(filePath: lock))
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSinceNow: -3600)], ofItemAtPath: lock)
        // Open, so held: by this process.
        let holder = try #require(FileHandle(forWritingAtPath: lock))
        async let publishing = place.registry().publish(try .of([.write("a", "1")]))
        try await Task.sleep(for: .seconds(1))
        #expect(FileManager.default.fileExists(atPath: lock))
        try FileManager.default.removeItem(atPath: lock)
        try holder.close()
        let outcome = try await publishing
        guard case .pushed(let pushed) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(pushed.attempts == 1)
        #expect(try place.text("a") == "1")
    }
}
