import Foundation
import Git
import Model
import Testing

@Suite("Commits to a local remote", .bounded)
struct CommitTests {
    @Test("begins an empty repository; git finds nothing wrong with it")
    func first() async throws {
        let place = try Workplace()
        let registry = try await place.registry()
        #expect(try await registry.fetch(["main", "gh-pages"]) == ["main": nil, "gh-pages": nil])
        let outcome = try await registry.publish(
            try .of([.write("a/b/c.txt", "one"), .write("ünï/✓.txt", "two"), .write("README.md", "hello\n")]))
        guard case .pushed(let pushed) = outcome else {
            Issue.record("nothing was pushed: \(outcome)")
            return
        }
        #expect(pushed.previous == nil)
        #expect(try place.run("git", "-C", "remote.git", "rev-parse", "main") == pushed.commit.description)
        #expect(try place.text("a/b/c.txt") == "one")
        #expect(
            try place.run("git", "-C", "remote.git", "log", "-1", "--format=%an %ae %at %s", "main")
                == "Strata strata@example.invalid 1800000000 Publish")
        try place.expectSound()
    }

    @Test("makes no commit when nothing changes")
    func unchanged() async throws {
        let place = try Workplace()
        let registry = try await place.registry()
        let changes: [TreeChange] = [.write("a.txt", "one"), .write("b/c.txt", "two")]
        let first = try await registry.publish(try .of(changes))
        let again = try await registry.publish(try .of(changes + [.delete("not/there.txt")]))
        #expect(again == .unchanged(tip: first.tip))
        #expect(try place.count() == 1)
    }

    @Test("removes files, and the folders that become empty")
    func deletes() async throws {
        let place = try Workplace()
        let registry = try await place.registry()
        _ = try await registry.publish(
            try .of([.write("a/b/one", "1"), .write("a/b/two", "2"), .write("a-b/x", "3"), .write("z", "4")]))
        _ = try await registry.publish(try .of([.delete("a/b/one"), .delete("a/b/two"), .write("z", "5")]))
        #expect(try place.files() == ["a-b/x", "z"])
        _ = try await registry.publish(try .of([.delete("a-b/x"), .delete("z")]))
        #expect(try place.files() == [])
        try place.expectSound()
    }

    @Test("same state, same commit")
    func deterministic() async throws {
        let changes: [TreeChange] = (0..<50).map { .write("f\($0 % 7)/\($0)", "\($0)") }
        var tips: Set<ObjectID?> = []
        for order in [changes, changes.reversed()] {
            let place = try Workplace()
            tips.insert(try await place.registry().publish(try .of(order)).tip)
        }
        #expect(tips.count == 1)
    }

    @Test("leaves foreign things alone: submodules, links, executables, LFS pointers, huge files")
    func foreign() async throws {
        let place = try Workplace()
        let registry = try await place.registry()
        _ = try await registry.publish(try .of([.write("ours/a.txt", "one")]))
        try place.run("git", "clone", "-q", place.path("remote.git"), "work")
        try place.write("work/ours/tool.sh", "#!/bin/sh\n")
        try place.run("chmod", "+x", "work/ours/tool.sh")
        try place.run("ln", "-s", "tool.sh", "work/ours/link")
        try place.write(
            "work/ours/big.bin",
            "version https://git-lfs.github.com/spec/v1\noid sha256:\(String(repeating: "0", count: 64))\nsize 5\n")
        try place.write("work/huge.bin", String(repeating: "x", count: 5 << 20))
        let head = try place.run("git", "-C", "work", "rev-parse", "HEAD")
        try place.run("git", "-C", "work", "update-index", "--add", "--cacheinfo", "160000,\(head),ours/module")
        try place.run("git", "-C", "work", "add", "ours/tool.sh", "ours/link", "ours/big.bin", "huge.bin")
        try place.run("git", "-C", "work", "commit", "-q", "-m", "Foreign")
        try place.run("git", "-C", "work", "push", "-q", "origin", "HEAD:main")
        let before = try place.run("git", "-C", "remote.git", "ls-tree", "-r", "main")

        let outcome = try await registry.publish(try .of([.write("ours/a.txt", "two"), .write("ours/b.txt", "three")]))
        let after = try place.run("git", "-C", "remote.git", "ls-tree", "-r", "main")
        let changed = Set(after.split(separator: "\n")).subtracting(before.split(separator: "\n"))
        #expect(changed.count == 2)
        #expect(Set(before.split(separator: "\n")).subtracting(after.split(separator: "\n")).count == 1)
        let kinds = try await registry.list("ours", at: try #require(outcome.tip)).map { "\($0.path) \($0.kind)" }
        #expect(
            kinds == [
                "ours/a.txt file", "ours/b.txt file", "ours/big.bin file", "ours/link link", "ours/module submodule",
                "ours/tool.sh executable",
            ])
        await #expect(throws: StrataError.self) { try await registry.publish(try .of([.write("ours/module", "x")])) }
        await #expect(throws: StrataError.self) { try await registry.publish(try .of([.write("ours/a.txt/b", "x")])) }
        await #expect(throws: StrataError.self) { try await registry.publish(try .of([.write("ours", "x")])) }
        try place.expectSound()
    }

    @Test(
        "refuses paths that are none", arguments: ["", "/a", "a//b", "a/../b", ".", "a/.git/x", ".GIT", "a/", "a\0b"])
    func paths(path: String) async throws {
        let place = try Workplace()
        let registry = try await place.registry()
        await #expect(throws: StrataError.self) { try await registry.publish(try .of([.write(path, "x")])) }
        await #expect(throws: StrataError.self) {
            try await registry.publish(try .of([.write("twice", "x"), .write("twice", "y")]))
        }
    }

    @Test("writes trailers where git finds them")
    func trailers() async throws {
        let place = try Workplace()
        let registry = try await place.registry()
        let message =
            "publish requests 2.32.3 to 34 regions\n\n| layer | build |  \n|---|---|\n\n"
            + "Strata-Run: 42\nStrata-Version: 1.0\n\n\n"
        _ = try await registry.publish(try .of([.write("a", "b")], message: message))
        let found = try place.run("git", "-C", "remote.git", "log", "-1", "--format=%(trailers:only)", "main")
        #expect(found == "Strata-Run: 42\nStrata-Version: 1.0")
    }

    @Test("keeps objects in packs: no loose ones, no work tree, nothing temporary")
    func packs() async throws {
        let place = try Workplace()
        let registry = try await place.registry()
        for round in 0..<3 {
            _ = try await registry.publish(try .of((0..<20).map { .write("d\($0 % 3)/\($0)", "\(round)") }))
        }
        for repository in ["remote.git", "cache/clone.git"] {
            let report = try place.run("git", "-C", repository, "count-objects", "-v")
            #expect(report.contains("count: 0\n"), "\(repository): \(report)")
            #expect(report.contains("packs: 3\n"), "\(repository): \(report)")
            #expect(report.contains("garbage: 0\n"), "\(repository): \(report)")
        }
        let fsck = try place.run("git", "-C", "cache/clone.git", "fsck", "--strict", "--full")
        #expect(!fsck.contains("missing"))
    }

    @Test("reads single files, several, and lists folders")
    func reads() async throws {
        let place = try Workplace()
        let registry = try await place.registry()
        let outcome = try await registry.publish(
            try .of([
                .write("a/x", "1"), .write("a/b/y", "2"), .write("c", "3"), TreeChange("bin", .write([0, 255, 10])),
            ]))
        let tip = try #require(outcome.tip)
        #expect(try await registry.read("a/x", at: tip) == Array("1".utf8))
        #expect(try await registry.read("bin", at: tip) == [0, 255, 10])
        #expect(try await registry.read("a", at: tip) == nil)
        #expect(try await registry.read("nothing/here", at: tip) == nil)
        #expect(try await registry.list("a", at: tip).map(\.path) == ["a/b/y", "a/x"])
        #expect(try await registry.list(at: tip).count == 4)
        #expect(try await registry.list("none", at: tip) == [])
        let some = try await registry.read(at: tip) { try $0.read(["a/x", "gone", "c"]) }
        #expect(some == ["a/x": Array("1".utf8), "c": Array("3".utf8)])
        let matches = try await registry.read(at: tip) { snapshot in
            try snapshot.list("a").first?.id == Snapshot.id(of: Array("2".utf8))
        }
        #expect(matches)
        await #expect(throws: StrataError.self) {
            try await registry.read(at: tip) { try $0.read("a/x", limit: 0) }
        }
    }
}
