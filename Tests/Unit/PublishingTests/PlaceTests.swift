import Foundation
import Model
import Publishing
import Synchronization
import Testing

@Suite("A site's place")
struct PlaceTests {
    private func remote(_ place: MemoryPlace, owner: String = "us", form: String = "1") -> PlaceRemote {
        PlaceRemote("s3://layers", owner: owner, form: form, deadline: .seconds(10)) { place }
    }

    /// Makes files all that there are, as a complete rendering does.
    @discardableResult
    private func put(
        _ files: [String: String], _ place: MemoryPlace, owner: String = "us", form: String = "1"
    ) async throws -> String? {
        let remote = remote(place, owner: owner, form: form)
        let snapshot = try #require(try await remote.fetch("s3://layers") as? any WholeSnapshot)
        let all = files.map { FileChange(path: $0.key, content: .write(Array($0.value.utf8))) }
        return try await push(try await snapshot.changes(to: all), on: snapshot, remote)
    }

    /// Changes some files and knows nothing of the others.
    @discardableResult
    private func change(_ files: [String: String?], _ place: MemoryPlace) async throws -> String? {
        let remote = remote(place)
        let changes = files.sorted { $0.key < $1.key }.map { path, text in
            FileChange(path: path, content: text.map { .write(Array($0.utf8)) } ?? .delete)
        }
        return try await push(changes, on: remote.fetch("s3://layers"), remote)
    }

    private func push(
        _ changes: [FileChange], on snapshot: any RegistrySnapshot, _ remote: PlaceRemote
    ) async throws -> String? {
        let draft = RegistryDraft(message: "", date: Timestamp(seconds: 0), changes: changes)
        guard let commit = try await remote.commit(draft, on: snapshot) else { return nil }
        #expect(try await remote.push(commit, expecting: snapshot.tip) == .pushed)
        #expect(try await remote.fetch("s3://layers").tip == commit.id)
        return commit.id
    }

    private let files = [
        "index.html": "home", "404.html": "none", "assets/strata.css": "style", "layers/a.html": "a",
        "api/v1/index.json": "{}", "api/v1/layers/a.json": "{a}", "data/find.js": "list", "data/find/~.js": "all",
        "feed.xml": "news",
    ]

    @Test("gets parts first, then pages, then what leads to them, and loses files last")
    func order() async throws {
        let place = MemoryPlace()
        try await put(files.merging(["layers/b.html": "b", "api/v1/layers/b.json": "{b}"]) { $1 }, place)
        place.state.withLock { $0.log = [] }
        try await put(files.mapValues { "\($0) anew" }, place)
        #expect(place.site == files.mapValues { "\($0) anew" })
        let log = place.state.withLock { $0.log }.filter { !$0.contains(".strata/") }
        let parts = ["api/v1/layers/a.json", "assets/strata.css", "data/find/~.js"].map { "+\($0)" }
        let pages = ["404.html", "layers/a.html"].map { "+\($0)" }
        let beginnings = ["api/v1/index.json", "data/find.js", "feed.xml", "index.html"].map { "+\($0)" }
        #expect(Set(log.prefix(3)) == Set(parts))
        #expect(Set(log.dropFirst(3).prefix(2)) == Set(pages))
        #expect(Set(log.dropFirst(5).prefix(4)) == Set(beginnings))
        #expect(Set(log.dropFirst(9)) == ["-api/v1/layers/b.json", "-layers/b.html", "refresh"])
    }

    @Test("is not touched when nothing has changed, and a change costs what it changes")
    func cost() async throws {
        let place = MemoryPlace()
        let many = Dictionary(uniqueKeysWithValues: (0..<500).map { ("layers/\($0).html", "page \($0)") })
        let first = try await put(many, place)
        #expect(first != nil)
        place.state.withLock { $0.log = [] }
        #expect(try await put(many, place) == nil)
        #expect(place.state.withLock { $0.log }.isEmpty)
        try await change(["layers/7.html": "seven", "layers/8.html": nil], place)
        let log = place.state.withLock { $0.log }
        #expect(Set(log.filter { !$0.contains(".strata/") }) == ["+layers/7.html", "-layers/8.html", "refresh"])
        // Two for the record, and once more what the new list made useless.
        #expect(log.count <= 6, "\(log)")
        #expect(place.state.withLock { $0.refreshed.last } == ["layers/7.html", "layers/8.html"])
        // What was changed without knowing the rest is known to the next whole.
        var next = many
        next["layers/7.html"] = "seven"
        next["layers/8.html"] = nil
        #expect(try await put(next, place) == nil)
    }

    @Test("is finished by the next push, wherever one died")
    func deaths() async throws {
        var next = files.mapValues { "\($0) 2" }
        next["layers/a.html"] = nil
        next["layers/c.html"] = "c"
        let third = files.mapValues { "\($0) 3" }
        for begun in [files, nil] {
            var isOver = false
            for calls in 0..<60 where !isOver {
                let place = MemoryPlace()
                if let begun { try await put(begun, place) }
                place.state.withLock { $0.callsLeft = calls }
                isOver = (try? await put(next, place)) != nil
                if isOver { #expect(calls > 10) }
                // Dies once more with other contents, and then the world goes back to what it was.
                place.state.withLock { $0.callsLeft = calls / 2 }
                _ = try? await put(third, place)
                place.state.withLock { $0.callsLeft = nil }
                let wanted = begun ?? next
                try await put(wanted, place)
                #expect(place.site == wanted, "died after \(calls) calls")
                #expect(try await put(wanted, place) == nil)
            }
            #expect(isOver)
        }
    }

    @Test("keeps what was done of a large push that died")
    func pieces() async throws {
        let place = MemoryPlace()
        let many = Dictionary(uniqueKeysWithValues: (0..<3500).map { ("layers/\($0).html", "page \($0)") })
        place.state.withLock { $0.callsLeft = 2600 }
        await #expect(throws: StrataError.self) { try await put(many, place) }
        place.state.withLock { state in
            state.callsLeft = nil
            state.log = []
        }
        try await put(many, place)
        #expect(place.site == many)
        #expect(place.state.withLock { $0.log.count { $0.hasPrefix("+layers/") } } == 1500)
        #expect(place.state.withLock { $0.refreshed.last } == .some(nil), "nobody knows what readers still keep")
    }

    @Test("has a record that does not grow with each change")
    func record() async throws {
        let place = MemoryPlace()
        try await put(files, place)
        for number in 0..<250 { try await change(["layers/a.html": "a \(number)"], place) }
        #expect(place.state.withLock { $0.files.keys.count { $0.hasPrefix(".strata/") } } < 110)
        #expect(try await put(files.merging(["layers/a.html": "a 249"]) { $1 }, place) == nil)
    }

    @Test("is left alone if it is another registry's, and gets everything anew in another form")
    func owners() async throws {
        let place = MemoryPlace()
        try await put(files, place)
        await #expect {
            try await put(files, place, owner: "them")
        } throws: { error in
            (error as? StrataError)?.code == .refused
                && "\(error)".contains("s3://layers holds the site of another registry")
        }
        place.state.withLock { $0.log = [] }
        try await put(files, place, form: "2")
        #expect(place.state.withLock { $0.log.count { $0.hasPrefix("+") && !$0.contains(".strata/") } } == files.count)
    }

    @Test("says what is damaged in its record, and how that is mended")
    func damage() async throws {
        let place = MemoryPlace()
        try await put(files, place)
        place.state.withLock { $0.files[".strata/site.json"] = Array("{".utf8) }
        await #expect {
            try await put(files, place)
        } throws: {
            (($0 as? StrataError)?.hint ?? "").contains("remove '.strata/'")
        }
        place.state.withLock { $0.files = $0.files.filter { !$0.key.hasPrefix(".strata/") } }
        try await put(files, place)
        #expect(place.site == files)
    }

    @Test("that cannot be written to holds up nothing, and gets what it missed from the next run")
    func behind() async throws {
        try await onStage { stage in
            let place = MemoryPlace()
            let desired = try wanted(["requests"])
            var context = stage.context(desired)
            let main = try #require(try await context.registry.branches().first)
            let remote = remote(place)
            context.registry = RegistryWriter(remote: stage.remote) {
                [
                    main,
                    BranchRenderer(
                        branch: remote.name, announces: false, fingerprint: "site", place: remote, render: main.render),
                ]
            }
            place.state.withLock { $0.isReached = false }
            let first = try await Run(context).run()
            #expect(first.status == .partly)
            #expect(first.commits.map(\.branch) == ["main"])
            #expect(first.sitesBehind.map(\.place) == ["s3://layers"])
            #expect(first.sitesBehind.first?.hint == "allow it")
            #expect(!first.published.isEmpty && first.pending.isEmpty)

            place.state.withLock { $0.isReached = true }
            let second = try await Run(context).run()
            #expect(second.status == .done && second.sitesBehind.isEmpty)
            #expect(second.commits.map(\.branch) == ["s3://layers"])
            #expect(
                place.site.mapValues { Array($0.utf8) } == stage.remote.state.withLock { $0.files })
            let third = try await Run(context).run()
            #expect(!third.hasChanged)

            // Reconciling tells what is not there, and puts it.
            place.state.withLock { $0.files[".strata/site.json"] = nil }
            let found = try await Reconciler(context).run(.init())
            #expect(found.differences.contains { $0.file == "s3://layers" })
            _ = try await Reconciler(context).run(.init(fix: true))
            #expect(try await Reconciler(context).run(.init()).differences.isEmpty)
        }
    }
}
