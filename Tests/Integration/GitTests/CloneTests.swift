import Foundation
import Git
import Model
import Testing

@Suite("The cached clone", .bounded)
struct CloneTests {
    @Test(
        "is made again when it is damaged", arguments: ["head", "packs", "index", "refs", "remote", "objects", "half"])
    func damage(kind: String) async throws {
        let place = try Workplace()
        let first = try #require(
            try await place.registry().publish(try .of([.write("a/b", "0"), .write("c", "1")])).tip)
        let clone = place.path("cache/clone.git")
        let packs = try FileManager.default.contentsOfDirectory(atPath: clone + "/objects/pack")
        switch kind {
        case "head": try FileManager.default.removeItem(atPath: clone + "/HEAD")
        case "packs":
            for name in packs where name.hasSuffix(".pack") {
                try place.run("chmod", "u+w", clone + "/objects/pack/" + name)
                try place.run("truncate", "-s", "40", clone + "/objects/pack/" + name)
            }
        case "index":
            for name in packs where name.hasSuffix(".idx") {
                try FileManager.default.removeItem(atPath: clone + "/objects/pack/" + name)
            }
        case "refs": try Data("rubbish".utf8).write(to: URL(filePath: clone + "/refs/remotes/origin/main"))
        case "remote": try Data("elsewhere".utf8).write(to: URL(filePath: place.path("cache/remote")))
        case "objects": try FileManager.default.removeItem(atPath: clone + "/objects")
        default: try FileManager.default.removeItem(atPath: place.path("cache/remote"))
        }
        let notes = Notes()
        let registry = try await place.registry(note: notes.add)
        let outcome = try await registry.publish(try .of([.write("c", "2")]))
        #expect(outcome.tip != first)
        #expect(try place.count() == 2)
        #expect(try place.files() == ["a/b", "c"])
        #expect(kind == "half" || notes.all.contains { $0.contains("made again") }, "\(notes.all)")
        try place.expectSound()
    }

    @Test("is made again whatever is wrong with it", arguments: ["config", "flipped", "bases"])
    func anyDamage(kind: String) async throws {
        let place = try Workplace()
        let noise = (0..<500).map { "line \($0 &* 7919)" }
        for round in 0..<4 {
            let text = noise.enumerated().map { $0.offset == round ? "changed" : $0.element }.joined(separator: "\n")
            _ = try await place.registry().publish(try .of([.write("a/b", text), .write("c", "\(round)")]))
        }
        let clone = place.path("cache/clone.git")
        let packs = try FileManager.default.contentsOfDirectory(atPath: clone + "/objects/pack").filter {
            $0.hasSuffix(".pack")
        }
        switch kind {
        case "config": try Data("[core\n\tbare = maybe".utf8).write(to: URL(filePath: clone + "/config"))
        case "flipped":
            for name in packs {
                let path = clone + "/objects/pack/" + name
                var bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
                for index in stride(from: 20, to: bytes.count - 20, by: 7) { bytes[index] ^= 0x10 }
                try place.run("chmod", "u+w", path)
                try Data(bytes).write(to: URL(filePath: path))
            }
        default:
            try place.commitElsewhere(["a/b": noise.joined(separator: "\n") + "more"])
            for name in packs.sorted().dropLast() {
                for ending in [".pack", ".idx"] {
                    let file = clone + "/objects/pack/" + name.dropLast(5) + ending
                    try FileManager.default.removeItem(atPath: file)
                }
            }
        }
        _ = try await place.registry().publish(try .of([.write("c", "last")]))
        #expect(try place.text("c") == "last")
        try place.expectSound()
    }

    @Test("is made again when damage shows up in the middle of the work")
    func lateDamage() async throws {
        let place = try Workplace()
        _ = try await place.registry(cache: "seed").publish(try .of((0..<50).map { .write("d\($0)/f", "\($0)") }))
        let notes = Notes()
        let registry = try await place.registry(note: notes.add)
        _ = try await registry.fetch(["main"])
        let packs = place.path("cache/clone.git/objects/pack")
        for name in try FileManager.default.contentsOfDirectory(atPath: packs) {
            try FileManager.default.removeItem(atPath: packs + "/" + name)
        }
        _ = try await registry.publish(try .of([.write("d7/f", "new")]))
        #expect(try place.text("d7/f") == "new")
        #expect(try place.files().count == 50)
    }

    @Test("is not hindered by what a killed process left")
    func remains() async throws {
        let place = try Workplace()
        _ = try await place.registry().publish(try .of([.write("a", "0")]))
        for name in ["refs/remotes/origin/main.lock", "packed-refs.lock", "HEAD.lock", "objects/pack/pack_git2_x1y2z3"]
        {
            try place.write("cache/clone.git/" + name, "")
        }
        _ = try await place.registry().publish(try .of([.write("a", "1")]))
        #expect(try place.text("a") == "1")
        let report = try place.run("git", "-C", "cache/clone.git", "count-objects", "-v")
        #expect(report.contains("garbage: 0"))
    }

    @Test("belongs to one process at a time")
    func locked() async throws {
        let place = try Workplace()
        let registry = try await place.registry()
        do {
            _ = try await place.registry()
            Issue.record("opened twice")
        } catch let error as StrataError {
            #expect(error.code == .leaseHeld)
        }
        _ = try await registry.fetch(["main"])
    }

    @Test("takes only the branches that are asked for, and no tags")
    func bounded() async throws {
        let place = try Workplace()
        let seed = try await place.registry(cache: "seed")
        _ = try await seed.publish(try .of([.write("a", "0")]))
        _ = try await seed.publish(try .of([.write("b", "0")], branch: "other"))
        try place.run("git", "-C", "remote.git", "tag", "v1", "other")
        let registry = try await place.registry()
        let tips = try await registry.fetch(["main", "none"])
        #expect(tips["none"] == .some(nil))
        let refs = try place.run("git", "-C", "cache/clone.git", "for-each-ref", "--format=%(refname)")
        #expect(refs == "refs/remotes/origin/main")
        let other = try place.run("git", "-C", "remote.git", "rev-parse", "other")
        #expect(try place.attempt(["git", "-C", "cache/clone.git", "cat-file", "-e", other]).status != 0)
    }

    @Test("forgets a branch that the remote no longer has")
    func vanished() async throws {
        let place = try Workplace()
        let registry = try await place.registry()
        _ = try await registry.publish(try .of([.write("a", "0")], branch: "gone"))
        try place.run("git", "-C", "remote.git", "update-ref", "-d", "refs/heads/gone")
        #expect(try await registry.fetch(["gone"]) == ["gone": nil])
        let outcome = try await registry.publish(try .of([.write("b", "0")], branch: "gone"))
        #expect(try place.files("gone") == ["b"])
        #expect(try place.count("gone") == 1)
        #expect(outcome.tip != nil)
    }

    @Test("a remote that is not there, or has a work tree, is said to be so")
    func wrongRemote() async throws {
        let place = try Workplace()
        try place.run("git", "init", "-q", "work")
        for (remote, code) in [("none.git", StrataError.Code.notFound), ("work", .git)] {
            let registry = try await RegistryRepository.open(
                .init(
                    cache: place.path("cache-\(remote)"), remote: try RemoteAddress(place.path(remote)),
                    author: try .tests()))
            do {
                _ = try await registry.fetch(["main"])
                Issue.record("fetched from \(remote)")
            } catch let error as StrataError {
                #expect(error.code == code, "\(error)")
                #expect(error.hint != nil)
            }
        }
    }

    @Test("makes a missing local remote with HEAD at main, once")
    func create() async throws {
        let place = try Workplace()
        try RegistryRepository.createIfMissing(place.path("deep/down/remote.git"))
        #expect(try place.read("deep/down/remote.git/HEAD") == "ref: refs/heads/main\n")
        try place.write("deep/down/remote.git/marker", "x")
        try RegistryRepository.createIfMissing(place.path("deep/down/remote.git"))
        #expect(try place.read("deep/down/remote.git/marker") == "x")
        #expect(try FileManager.default.contentsOfDirectory(atPath: place.path("deep/down")) == ["remote.git"])
    }
}
