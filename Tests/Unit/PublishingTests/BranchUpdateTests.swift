import Model
import Publishing
import Testing

@Suite("The update of a branch: fetch, commit, push")
struct BranchUpdateTests {
    private func update(
        _ remote: MemoryRemote, attempts: Int = 5
    ) async throws -> (outcome: BranchUpdate.Outcome, basis: String?)? {
        try await BranchUpdate("main", of: remote, attempts: attempts).run { snapshot in
            let old = try await snapshot.withFiles { try $0.file("a") }
            let change = FileChange(path: "a", content: .write(Array("new".utf8)))
            let draft = RegistryDraft(
                message: "m", date: Timestamp(seconds: 1), changes: old == Array("new".utf8) ? [] : [change])
            return (draft, snapshot.tip)
        }
    }

    @Test("takes one fetch and one push; the second time there is nothing to commit")
    func plain() async throws {
        let remote = MemoryRemote()
        #expect(try await update(remote)?.outcome == .pushed(.init(id: "commit1", branch: "main"), attempts: 1))
        #expect(try await update(remote)?.outcome == .unchanged(tip: "commit1"))
        remote.state.withLock {
            #expect($0.fetches == 2)
            #expect($0.pushes == 1)
        }
    }

    @Test("drafts again on a branch that moved, and gives up on one that never stands still")
    func moved() async throws {
        let remote = MemoryRemote()
        remote.state.withLock { $0.answers = [.success(.moved(to: "theirs"))] }
        let done = try await update(remote)
        #expect(done?.outcome == .pushed(.init(id: "commit2", branch: "main"), attempts: 2))
        let restless = MemoryRemote()
        restless.state.withLock { $0.answers = Array(repeating: .success(.moved(to: nil)), count: 3) }
        let error = await #expect(throws: StrataError.self) { try await update(restless, attempts: 3) }
        #expect(error?.code == .git)
        #expect(error?.message.contains("moved 3 times") == true)
        #expect(restless.state.withLock { $0.commits.isEmpty })
    }

    @Test("a push whose answer was lost is looked up, and not repeated", arguments: [1, 5])
    func lostAnswer(attempts: Int) async throws {
        let remote = MemoryRemote()
        remote.state.withLock { $0.lostAnswers = 1 }
        let done = try await update(remote, attempts: attempts)
        #expect(done?.outcome == .pushed(.init(id: "commit1", branch: "main"), attempts: 1))
        #expect(remote.state.withLock { $0.pushes } == 1)
        #expect(remote.state.withLock { $0.commits } == ["m"])
    }

    @Test("fetches again while the connection fails, the first time as well")
    func failingFetch() async throws {
        let remote = MemoryRemote()
        remote.state.withLock { $0.failingFetches = 2 }
        #expect(try await update(remote)?.outcome == .pushed(.init(id: "commit1", branch: "main"), attempts: 1))
        #expect(remote.state.withLock { $0.fetches } == 3)
    }

    @Test("what the server refuses is told at once, in its words")
    func refused() async throws {
        let remote = MemoryRemote()
        remote.state.withLock { $0.answers = [.failure(StrataError(.git, "the server refused main: no"))] }
        let error = await #expect(throws: StrataError.self) { try await update(remote) }
        #expect(error?.message == "the server refused main: no")
        #expect(remote.state.withLock { $0.pushes } == 1)
    }
}
