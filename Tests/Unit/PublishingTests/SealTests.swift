import Model
import Publishing
import Site
import Synchronization
import Testing

@Suite("A signed registry")
struct SealTests {
    /// Signs by digest, which is enough to tell that it was asked, and for what.
    private static func seal(renewal: Duration? = nil) -> Seal {
        Seal(renewal: renewal) { Array("signed \(ContentDigest.of($0))\n".utf8) }
    }

    private func onSignedStage(renewal: Duration? = nil, _ body: (Stage) async throws -> Void) async throws {
        try await onStage { stage in
            stage.seal.withLock { $0 = Self.seal(renewal: renewal) }
            try await body(stage)
        }
    }

    private func files(_ stage: Stage) -> [String: [UInt8]] { stage.remote.state.withLock { $0.files } }

    private func checkpoint(_ stage: Stage) throws -> RegistryCheckpoint {
        try #require(files(stage)[RegistryCheckpoint.path].flatMap(RegistryCheckpoint.init))
    }

    /// Each file has its digest in the one place where it belongs, nothing else has, and the checkpoint has theirs.
    private func expectSealed(
        _ stage: Stage, except foreign: Set<String> = [], sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let files = files(stage)
        let own = [FileDigests.path, RegistryCheckpoint.path, RegistryCheckpoint.signaturePath]
        var expected: [String: FileDigests] = [:]
        for (path, bytes) in files where !own.contains(path) && !foreign.contains(path) {
            let place = FileDigests.layer(of: path).map { FileDigests.path(of: $0, .flat) } ?? FileDigests.path
            expected[place, default: FileDigests()][path] = .of(bytes)
        }
        for (place, digests) in expected {
            #expect(
                files[place].flatMap(FileDigests.init)?.digests == digests.digests, "\(place)",
                sourceLocation: sourceLocation)
        }
        let checkpoint = try checkpoint(stage)
        #expect(files[FileDigests.path].map { .of($0) } == checkpoint.files, sourceLocation: sourceLocation)
        #expect(files[ListedDigests.path].map { .of($0) } == checkpoint.listed, sourceLocation: sourceLocation)
        #expect(
            files[RegistryCheckpoint.signaturePath] == Array("signed \(ContentDigest.of(checkpoint.bytes))\n".utf8),
            sourceLocation: sourceLocation)
        let stamp = try #require(RegistryStamp(in: files[RegistryStamp.path]), sourceLocation: sourceLocation)
        #expect(
            (checkpoint.registry, checkpoint.revision) == (stamp.id, stamp.revision), sourceLocation: sourceLocation)
    }

    @Test("has the digest of every file after each commit, however little that changed")
    func incremental() async throws {
        try await onSignedStage { stage in
            let desired = try wanted()
            let one = PublishingContext.Options(only: Set([LayerName("requests")].compactMap(\.self)))
            _ = try await stage.run(desired, main: true).run()
            try expectSealed(stage)
            let first = try checkpoint(stage)
            #expect(first.previous == nil)
            #expect(first.releases == 2 * 2 * 3)

            _ = try await stage.run(desired, version: 2, main: true, options: one).run()
            try expectSealed(stage)
            let second = try checkpoint(stage)
            #expect(second.previous == .of(first.bytes))
            #expect(second.revision > first.revision)
            #expect(second.releases == 3 * 2 * 3)

            // A run without a change makes no commit, and asks for no signature.
            let commits = stage.remote.state.withLock { $0.commits.count }
            stage.seal.withLock { $0 = Seal { _ in throw StrataError(.credentials, "nobody may ask") } }
            _ = try await stage.run(desired, version: 2, main: true, options: one).run()
            #expect(stage.remote.state.withLock { $0.commits.count } == commits)
        }
    }

    @Test("has its checkpoint from the first run with a key on")
    func later() async throws {
        try await onStage { stage in
            let desired = try wanted()
            _ = try await stage.run(desired, main: true).run()
            #expect(files(stage)[RegistryCheckpoint.path] == nil)
            #expect(files(stage)[FileDigests.path] == nil)
            stage.seal.withLock { $0 = Self.seal() }
            _ = try await stage.run(desired, main: true).run()
            try expectSealed(stage)
        }
    }

    @Test("does not sign what others put there")
    func foreign() async throws {
        try await onSignedStage { stage in
            let desired = try wanted()
            _ = try await stage.run(desired, main: true).run()
            stage.remote.state.withLock { state in
                state.files["layers/requests/python3.12/9.json"] = Array("{}".utf8)
                state.files["layers/evil/python3.12/1.json"] = Array("{}".utf8)
                state.files["NOTES"] = Array("theirs".utf8)
                state.tip = "foreign"
            }
            let foreign: Set = ["layers/requests/python3.12/9.json", "layers/evil/python3.12/1.json", "NOTES"]
            _ = try await stage.run(desired, version: 2, main: true).run()
            try expectSealed(stage, except: foreign)
            _ = try await stage.run(
                desired, version: 3, main: true, options: .init(only: Set([LayerName("numpy")].compactMap(\.self)))
            ).run()
            try expectSealed(stage, except: foreign)
        }
    }

    @Test("is signed anew in time where that is asked for, in one commit of a few files")
    func renewal() async throws {
        try await onSignedStage(renewal: .seconds(7 * 86_400)) { stage in
            let desired = try wanted()
            _ = try await stage.run(desired, main: true).run()
            let first = try checkpoint(stage)
            stage.pass(6 * 86_400)
            _ = try await stage.run(desired, main: true).run()
            #expect(try checkpoint(stage) == first)
            stage.pass(2 * 86_400)
            let report = try await stage.run(desired, main: true).run()
            #expect(report.commits.map(\.files) == [4])
            #expect(stage.remote.state.withLock { $0.commits.last }?.hasPrefix("sign the checkpoint anew\n") == true)
            try expectSealed(stage)
            let second = try checkpoint(stage)
            #expect(second.previous == .of(first.bytes))
            #expect(second.time - first.time == .seconds(8 * 86_400))
            #expect(second.listed == first.listed)
            _ = try await stage.run(desired, main: true).run()
            #expect(try checkpoint(stage) == second)
        }
    }

    @Test("is compared and mended with the other files")
    func damage() async throws {
        try await onSignedStage { stage in
            let desired = try wanted(["requests"])
            _ = try await stage.run(desired, main: true).run()
            #expect(try await stage.reconciler(desired, main: true).run(.init()).differences.isEmpty)
            for path in [RegistryCheckpoint.path, FileDigests.path, ListedDigests.path, "layers/requests/SHA256SUMS"] {
                stage.remote.state.withLock { $0.files[path] = Array("edited\n".utf8) }
                let found = try await stage.reconciler(desired, main: true).run(.init()).differences
                #expect(found.contains { $0.file == "main:\(path)" }, "\(path): \(found)")
                _ = try await stage.reconciler(desired, main: true).run(.init(fix: true))
                #expect(try await stage.reconciler(desired, main: true).run(.init()).differences.isEmpty)
                try expectSealed(stage)
            }
        }
    }
}
