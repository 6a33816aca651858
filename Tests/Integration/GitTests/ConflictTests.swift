import Foundation
import Git
import Model
import Synchronization
import Testing

@Suite("Conflicts and squashing on a local remote", .bounded)
struct ConflictTests {
    @Test("publishes on top of a commit that arrived meanwhile")
    func reapplies() async throws {
        let place = try Workplace()
        let registry = try await place.registry()
        _ = try await registry.publish(try .of([.write("ours.csv", "0"), .write("other", "0")]))
        let rounds = Mutex(0)
        var publication = try Publication.of([])
        publication.draft = { _ in
            let round = rounds.withLock { rounds in
                rounds += 1
                return rounds
            }
            if round == 1 { try place.commitElsewhere(["ours.csv": "theirs", "theirs.txt": "x"]) }
            return [.write("ours.csv", "1")]
        }
        let outcome = try await registry.publish(publication)
        guard case .pushed(let pushed) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(pushed.attempts == 2)
        #expect(try place.text("ours.csv") == "1")
        #expect(try place.text("theirs.txt") == "x")
        #expect(try place.count() == 3)
        try place.expectSound()
    }

    @Test("tells which files others changed since a commit, leaving out our own commits")
    func foreignPaths() async throws {
        let place = try Workplace()
        let registry = try await place.registry()
        let first = try #require(try await registry.publish(try .of([.write("a", "0"), .write("b", "0")])).tip)
        try place.commitElsewhere(["a": "theirs", "c": "new"])
        _ = try await registry.publish(try .of([.write("b", "1")]))
        let tip = try #require(try await registry.fetch(["main"])["main"] ?? nil)
        let ours: @Sendable (String) -> Bool = { $0.contains("Publish") }
        let changed = try await registry.read(at: tip) { try $0.paths(changedSince: first.description, exceptIn: ours) }
        #expect(changed == ["a", "c"])
        let none = try await registry.read(at: tip) { try $0.paths(changedSince: tip.description, exceptIn: ours) }
        #expect(none.isEmpty)
    }

    @Test("gives up on a branch that never stands still, without a commit of its own")
    func restless() async throws {
        let place = try Workplace()
        let registry = try await place.registry()
        _ = try await registry.publish(try .of([.write("ours", "0")]))
        let rounds = Mutex(0)
        var publication = try Publication.of([], attempts: 3)
        publication.draft = { _ in
            let round = rounds.withLock { rounds in
                rounds += 1
                return rounds
            }
            try place.commitElsewhere(["theirs": "\(round)"])
            return [.write("ours", "1")]
        }
        await #expect(throws: StrataError.self) { try await registry.publish(publication) }
        #expect(rounds.withLock { $0 } == 3)
        #expect(try place.count() == 4)
        #expect(try place.text("ours") == "0")
    }

    @Test("tells a caller that the branch moved, and changes nothing")
    func moved() async throws {
        let place = try Workplace()
        let registry = try await place.registry()
        let first = try #require(try await registry.publish(try .of([.write("a", "0")])).tip)
        let request = CommitRequest(
            parent: first, message: "Late", author: try Author("Strata <s@example.invalid>"),
            date: Timestamp(seconds: 1), changes: [.write("a", "1")])
        let commit = try #require(try await registry.commit(request))
        let theirs = try place.commitElsewhere(["b": "1"])
        #expect(try await registry.push(commit, to: "main", expecting: first) == .moved(to: theirs))
        #expect(try await registry.push(commit, to: "main", expecting: nil) == .moved(to: theirs))
        #expect(try place.count() == 2)
        #expect(try await registry.push(commit, to: "fresh", expecting: nil) == .pushed)
        #expect(try await registry.push(commit, to: "fresh", expecting: nil) == .moved(to: commit.description))
    }

    @Test("never moves a branch backwards or sideways unless it may replace it")
    func sideways() async throws {
        let place = try Workplace()
        let registry = try await place.registry()
        let first = try #require(try await registry.publish(try .of([.write("a", "0")])).tip)
        var request = CommitRequest(
            parent: first, message: "Orphan", author: try Author("Strata <s@example.invalid>"),
            date: Timestamp(seconds: 1), changes: [.write("a", "1")])
        request.parent = nil
        let orphan = try #require(try await registry.commit(request))
        #expect(try await registry.push(orphan, to: "main", expecting: first) == .moved(to: first.description))
        #expect(try await registry.push(orphan, to: "main", expecting: first, replacing: true) == .pushed)
        #expect(try place.count() == 1)
        try place.expectSound()
    }

    @Test("squashes a branch to its budget, and keeps every file")
    func squashes() async throws {
        let place = try Workplace()
        let registry = try await place.registry()
        var squashed: [Bool] = []
        for round in 0..<8 {
            let outcome = try await registry.publish(
                try .of([.write("f\(round)", "\(round)")], branch: "gh-pages", history: .squash(budget: 3)))
            guard case .pushed(let pushed) = outcome else {
                Issue.record("\(outcome)")
                return
            }
            squashed.append(pushed.squashed)
            #expect(try place.count("gh-pages") <= 3)
            #expect(try place.files("gh-pages").count == round + 1)
        }
        #expect(squashed == [false, false, false, true, false, false, true, false])
        try place.expectSound(branch: "gh-pages")
        // A second cache, which never saw the old history, agrees.
        let other = try await place.registry(cache: "second")
        #expect(
            try await other.publish(
                try .of([.write("f0", "0")], branch: "gh-pages", history: .squash(budget: 3)))
                == .unchanged(tip: try await registry.fetch(["gh-pages"])["gh-pages"] ?? nil))
    }

    @Test("two publishers at once lose nothing")
    func race() async throws {
        let place = try Workplace()
        _ = try await place.registry(cache: "c0").publish(try .of([.write("start", "0")]))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 1...3 {
                group.addTask {
                    let registry = try await place.registry(cache: "c\(writer)")
                    for round in 0..<4 {
                        _ = try await registry.publish(
                            try .of([.write("w\(writer)/\(round)", "x")], message: "w\(writer) \(round)", attempts: 50))
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try place.count() == 13)
        #expect(try place.files().count == 13)
        let subjects = try place.run("git", "-C", "remote.git", "log", "--format=%s", "main").split(separator: "\n")
        #expect(Set(subjects).count == 13)
        try place.expectSound()
    }
}
