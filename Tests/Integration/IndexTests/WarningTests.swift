import HTTP
import Model
import Packaging
import Testing

@Suite("What the resolver warns of")
struct WarningTests {
    private func resolve(
        _ requirement: String, _ catalogue: [String: [LoopbackIndex.Release]],
        _ settings: LoopbackIndex.Settings = .init(), path: String = "simple/",
        _ check: @escaping @Sendable (ResolveOutcome) throws -> Void
    ) async throws {
        try await LoopbackIndex.run(catalogue, settings) { index in
            try await BuildService.run { shop in
                let address = "http://127.0.0.1:\(index.port)/\(path)"
                try check(try await shop.resolve(requirement, from: .init(defaultIndex: address)))
            }
        }
    }

    @Test("an extra that does not exist is refused with the nearest name, a dependency's is told of")
    func extras() async throws {
        let catalogue: [String: [LoopbackIndex.Release]] = [
            "alpha": [.init(version: "1.0", requires: ["beta[gone]"], extras: ["binary", "pool"])],
            "beta": [.init(version: "2.0")],
        ]
        try await resolve("alpha[binray]", catalogue) {
            #expect($0.refusal == "alpha 1.0 has no extra 'binray'; did you mean 'binary'?", "\($0)")
        }
        try await resolve("alpha[binary]", catalogue) { outcome in
            #expect(outcome.pins == ["alpha==1.0", "beta==2.0"], "\(outcome)")
            #expect(
                outcome.resolved?.remarks
                    == ["a dependency requires the extra 'gone', which beta 2.0 does not have"])
        }
    }

    @Test("a yanked release is taken where it is pinned, which is told with the reason, and nowhere else")
    func yanked() async throws {
        let catalogue: [String: [LoopbackIndex.Release]] = [
            "alpha": [.init(version: "1.0", because: "it was \"broken\"")]
        ]
        try await resolve("alpha==1.0", catalogue) { outcome in
            #expect(outcome.pins == ["alpha==1.0"], "\(outcome)")
            #expect(outcome.resolved?.remarks == ["alpha 1.0 was yanked (it was \"broken\"); it is pinned"])
        }
        for requirement in ["alpha", "alpha==1.*", "alpha>=1"] {
            try await resolve(requirement, catalogue) { outcome in
                #expect(outcome.refusal?.contains("yanked") == true, "\(outcome)")
            }
        }
    }

    @Test(
        "a dependency by an address is refused for good",
        arguments: ["http://127.0.0.1:9/beta.tar.gz", "git+file:///nowhere/beta", "file:///nowhere/beta.tar.gz"])
    func addresses(address: String) async throws {
        try await resolve("alpha", ["alpha": [.init(version: "1.0", requires: ["beta @ \(address)"])]]) { outcome in
            #expect(outcome.refusal?.contains("alpha==1.0 requires 'beta' by its address") == true, "\(outcome)")
        }
    }

    @Test("an index that is not there is the index's fault, one without the package the requirement's")
    func missingIndex() async throws {
        try await resolve("alpha", [:]) { outcome in
            #expect(outcome.refusal == "the index has no package 'alpha'", "\(outcome)")
        }
        try await resolve("alpha", ["alpha": [.init(version: "1.0")]], path: "sample/") { outcome in
            #expect(outcome.failure?.contains("there is no index at 'http://127.0.0.1:") == true, "\(outcome)")
            #expect(outcome.failure?.contains("/sample/' (404)") == true, "\(outcome)")
        }
    }

    @Test("uv's lines are read as they are written, others are kept")
    func lines() throws {
        let log = UvLog(
            """
            warning: The requested Python version 3.12 is not available; 3.11.7 will be used to build dependencies instead.
            DEBUG Searching for a compatible version of psycopg (*)
            Resolved 2 packages in 399ms
            warning: The package `psycopg==3.3.9` does not have an extra named `binray`
            warning: `numpy==2.4.0` is yanked (reason: "Backward compatibility bug")
            warning: `cryptography==45.0.0` is yanked
            warning: see https://user:secret@host.example/x
            """)
        let psycopg = try #require(PackageName("psycopg"))
        #expect(
            log.warnings == [
                .unknownExtra(psycopg, version: "3.3.9", extra: try #require(PackageName("binray"))),
                .yanked(try #require(PackageName("numpy")), version: "2.4.0", reason: "Backward compatibility bug"),
                .yanked(try #require(PackageName("cryptography")), version: "45.0.0", reason: nil),
                .other("see https://host.example/x"),
            ])
    }
}
