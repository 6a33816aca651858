import Model
import Publishing
import Synchronization
import Testing

@Suite("The registry's commits")
struct CommitTests {
    @Test("say what changed in a line, a table and trailers")
    func message() async throws {
        try await onStage { stage in
            _ = try await stage.run(try wanted()).run()
            let message = try #require(stage.remote.state.withLock { $0.commits.first })
            let parts = message.split(separator: "\n\n")
            try #require(parts.count == 3)
            #expect(parts[0] == "publish 2 layers to 3 regions")
            let rows = parts[1].split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
            #expect(rows.first == ["layer", "version", "build", "targets", "regions"])
            #expect(rows.dropFirst().map(\.first) == ["numpy", "requests"])
            #expect(rows.dropFirst().allSatisfy { $0.last == "3" })
            let trailers = parts[2].split(separator: "\n").compactMap { $0.split(separator: ":").first }
            #expect(trailers == ["Strata-Version", "Strata-Run", "Strata-Revision", "Strata-Files"])
            #expect(RunTrailer.isIn(message))
        }
    }

    @Test("tell what an earlier run published and could not push")
    func lateTable() async throws {
        try await onStage { stage in
            let desired = try wanted(["requests"])
            stage.remote.state.withLock { $0.answers = [.failure(StrataError(.git, "the server refused main: no"))] }
            await #expect(throws: StrataError.self) { try await stage.run(desired, main: true).run() }
            #expect(stage.remote.state.withLock { $0.commits.isEmpty })
            _ = try await stage.run(desired, main: true).run()
            let message = try #require(stage.remote.state.withLock { $0.commits.first })
            #expect(message.hasPrefix("publish requests 1.0 to 3 regions\n"), "\(message)")
        }
    }

    @Test("somebody else's edits that were written over are named, and reported")
    func overwritten() async throws {
        try await onStage { stage in
            let desired = try wanted()
            let first = try await stage.run(desired).run()
            let ours = try #require(first.commits.first?.commit)
            stage.remote.state.withLock { state in
                state.files["requests/python3.12"] = Array("edited".utf8)
                state.files["NOTES"] = Array("theirs".utf8)
                state.tip = "foreign"
                state.foreign = (since: ours, paths: ["requests/python3.12", "NOTES"])
            }
            let second = try await stage.run(desired).run()
            #expect(second.commits.map(\.overwritten) == [["requests/python3.12"]])
            let warnings = stage.events.withLock { events in
                events.compactMap { event -> String? in if case .warning(let text) = event { text } else { nil } }
            }
            #expect(warnings.contains { $0.contains("requests/python3.12") && !$0.contains("NOTES") })
            #expect(stage.remote.state.withLock { $0.files["NOTES"] } == Array("theirs".utf8))
        }
    }

    @Test("hold their companions, which nobody asks for while there is nothing to commit")
    func companions() async throws {
        try await onStage { stage in
            let desired = try wanted(["requests"])
            let asked = Mutex(0)
            var context = stage.context(desired)
            let branch = try #require(try await context.registry.branches().first)
            context.registry = RegistryWriter(remote: stage.remote) {
                [
                    BranchRenderer(
                        branch: branch.branch, announces: true, fingerprint: "companions",
                        companions: {
                            asked.withLock { $0 += 1 }
                            return ["keys/signers": Array("me".utf8)]
                        }, render: branch.render)
                ]
            }
            _ = try await Run(context).run()
            #expect(stage.remote.state.withLock { $0.files["keys/signers"] } == Array("me".utf8))
            #expect(asked.withLock { $0 } == 1)
            #expect(try await Run(context).run().commits.isEmpty)
            #expect(asked.withLock { $0 } == 1, "there was nothing to commit")
            stage.remote.state.withLock { state in
                state.files["keys/signers"] = nil
                state.tip = "foreign"
            }
            let found = try await Reconciler(context).run(.init())
            #expect(found.differences.contains { $0.file == "main:keys/signers" })
            _ = try await Reconciler(context).run(.init(fix: true))
            #expect(stage.remote.state.withLock { $0.files["keys/signers"] } == Array("me".utf8))
        }
    }
}
