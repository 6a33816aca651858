import HTTP
import Model
import Packaging
import Synchronization
import Testing

@Suite("Resolving against an index")
struct ResolveTests {
    private static let alphaAndBeta: [String: [LoopbackIndex.Release]] = [
        "alpha": [.init(version: "1.0"), .init(version: "2.0", requires: ["beta>=1"])],
        "beta": [.init(version: "1.5")],
    ]

    @Test("locks each requirement's newest wheels with URL, size and digest")
    func locks() async throws {
        try await LoopbackIndex.run(Self.alphaAndBeta) { index in
            try await BuildService.run { shop in
                let outcome = try await shop.resolve("alpha", from: .init(defaultIndex: index.simple))
                #expect(outcome.pins == ["alpha==2.0", "beta==1.5"], "\(outcome)")
                let wheel = try #require(outcome.resolved?.lock.wheels.first)
                #expect(wheel.fileName == "alpha-2.0-py3-none-any.whl")
                #expect(wheel.url == "http://127.0.0.1:\(index.port)/files/alpha-2.0-py3-none-any.whl")
                #expect(wheel.size != nil)
            }
        }
    }

    @Test("asks an unchanged index once for each page and resolves nothing", arguments: [true, false])
    func unchanged(_ validators: Bool) async throws {
        try await LoopbackIndex.run(Self.alphaAndBeta, .init(validators: validators)) { index in
            try await BuildService.run { shop in
                let configuration = shop.configuration(.init(defaultIndex: index.simple))
                let requests = [
                    try request("one", "python3.12", "alpha"), try request("one", "python3.13-arm64", "alpha"),
                    try request("two", "python3.12", "beta"),
                ]
                let first = await shop.resolver(configuration).resolve(requests)
                try await index.set(LoopbackIndex.Settings(validators: validators))
                let unchanged = Mutex(0)
                let second = await shop.resolver(configuration).resolve(requests) { step in
                    if case .resolved(_, _, true) = step { unchanged.withLock { $0 += 1 } }
                }
                #expect(second == first)
                #expect(unchanged.withLock(\.self) == 3)
                let log = try await index.log()
                #expect(log.map(\.path).sorted() == ["/simple/alpha/", "/simple/beta/"])
                #expect(log.map(\.status) == (validators ? [304, 304] : [200, 200]))
            }
        }
    }

    @Test("resolves again when a dependency has a new release", arguments: [true, false])
    func changed(_ validators: Bool) async throws {
        try await LoopbackIndex.run(Self.alphaAndBeta, .init(validators: validators)) { index in
            try await BuildService.run { shop in
                let settings = IndexSettings(defaultIndex: index.simple)
                _ = try await shop.resolve("alpha", from: settings)
                var catalogue = Self.alphaAndBeta
                catalogue["beta"]?.append(.init(version: "1.6"))
                try await index.set(catalogue)
                let outcome = try await shop.resolve("alpha", from: settings)
                #expect(outcome.pins == ["alpha==2.0", "beta==1.6"], "\(outcome)")
            }
        }
    }

    @Test("resolves again when a package outside of the lock, which held a release back, can be had")
    func visited() async throws {
        var catalogue = Self.alphaAndBeta
        catalogue["alpha"]?.append(.init(version: "3.0", requires: ["gamma"]))
        catalogue["gamma"] = [.init(version: "1.0", tags: [], sdist: true)]
        try await LoopbackIndex.run(catalogue) { [catalogue] index in
            try await BuildService.run { shop in
                let settings = IndexSettings(defaultIndex: index.simple)
                let first = try await shop.resolve("alpha", from: settings)
                #expect(first.pins == ["alpha==2.0", "beta==1.5"], "\(first)")
                #expect(
                    first.resolved?.remarks == [
                        "alpha 2.0 was picked; 3.0 was passed over for a dependency, or for another requirement"
                    ])
                var changed = catalogue
                changed["gamma"]?.append(.init(version: "1.1"))
                try await index.set(changed)
                let second = try await shop.resolve("alpha", from: settings)
                #expect(second.pins == ["alpha==3.0", "gamma==1.1"], "\(second)")
            }
        }
    }

    @Test("resolves again when the full resolve is due, and when the requirements change")
    func due() async throws {
        try await LoopbackIndex.run(Self.alphaAndBeta) { index in
            try await BuildService.run { shop in
                let now = Timestamp(seconds: 1_800_000_000)
                func isUnchanged(_ requirement: String, at now: Timestamp) async throws -> Bool {
                    let flag = Mutex(false)
                    let configuration = shop.configuration(.init(defaultIndex: index.simple), now: now)
                    _ = await shop.resolver(configuration).resolve([try request("l", "python3.12", requirement)]) {
                        if case .resolved(_, _, true) = $0 { flag.withLock { $0 = true } }
                    }
                    return flag.withLock(\.self)
                }
                let later = now + .seconds(86_400)
                let muchLater = now + .seconds(8 * 86_400)
                let asked = [("alpha", now), ("alpha", later), ("alpha<2", now), ("alpha", muchLater)]
                var unchanged: [Bool] = []
                for (requirement, moment) in asked {
                    unchanged.append(try await isUnchanged(requirement, at: moment))
                }
                #expect(unchanged == [false, true, false, false])
            }
        }
    }

    @Test("leaves releases alone that are too young, and takes them when they are old enough")
    func young() async throws {
        let now = Timestamp(seconds: 1_800_000_000)
        var catalogue = Self.alphaAndBeta
        catalogue["alpha"]?.append(.init(version: "2.1", uploaded: (now - .seconds(3600)).description))
        try await LoopbackIndex.run(catalogue) { index in
            try await BuildService.run { shop in
                let settings = IndexSettings(defaultIndex: index.simple)
                func resolve(at moment: Timestamp) async throws -> ResolveOutcome {
                    try await shop.resolve("alpha", from: settings, now: moment, minimumAge: .seconds(86_400))
                }
                let first = try await resolve(at: now)
                #expect(first.pins == ["alpha==2.0", "beta==1.5"], "\(first)")
                let matures = now + .seconds(86_400 - 3600)
                #expect(first.resolved?.young.map(\.version) == ["2.1"])
                #expect(first.resolved?.young.map(\.matures) == [matures])
                #expect(try await resolve(at: matures - .seconds(60)).pins == ["alpha==2.0", "beta==1.5"])
                #expect(try await resolve(at: matures + .seconds(60)).pins == ["alpha==2.1"])
            }
        }
    }

    @Test("tells why requirements cannot be met")
    func refusals() async throws {
        let catalogue: [String: [LoopbackIndex.Release]] = [
            "source": [.init(version: "1.0", tags: [], sdist: true)],
            "old": [.init(version: "1.0", python: ">=3.13")],
            "windows": [.init(version: "1.0", tags: ["cp312-cp312-win_amd64"])],
            "intel": [.init(version: "1.0", tags: ["cp312-cp312-manylinux2014_x86_64"])],
            "recent": [.init(version: "1.0", tags: ["cp312-cp312-manylinux_2_38_x86_64"])],
            "top": [.init(version: "1.0", requires: ["source"])], "left": [.init(version: "1.0", requires: ["base<2"])],
            "right": [.init(version: "1.0", requires: ["base>=2"])],
            "base": [.init(version: "1.0"), .init(version: "2.0")],
        ]
        let expected = [
            "source": "source is published as source only (source-1.0.tar.gz)", "old": "old 1.0 requires Python >=3.13",
            "windows": "windows 1.0 has no wheel for Linux on x86_64",
            "recent": "recent 1.0 has no wheel for glibc 2.34 of python3.12; it needs 2.38",
            "top": "a dependency cannot be met: source is published as source only", "gone": "the index has no package",
            "base>=3": "no release of base matches >=3; the newest is 2.0",
        ]
        try await LoopbackIndex.run(catalogue) { index in
            try await BuildService.run { shop in
                let requests = try expected.keys.sorted().enumerated().map {
                    try request("layer\($0.offset)", "python3.12", $0.element)
                }
                let both = try request("both", "python3.12", "left", "right")
                let arm = try request("arm", "python3.12-arm64", "intel")
                let configuration = shop.configuration(.init(defaultIndex: index.simple))
                let outcomes = await shop.resolver(configuration).resolve(requests + [both, arm])
                for request in requests {
                    let start = try #require(expected[request.requires[0].description])
                    let outcome = try #require(outcomes[request.item])
                    #expect(outcome.refusal?.hasPrefix(start) == true, "\(request.requires[0]): \(outcome)")
                }
                let conflict = outcomes[both.item]?.refusal ?? ""
                #expect(
                    conflict.hasPrefix("no set of releases satisfies the requirements") && conflict.contains("base"))
                #expect(outcomes[arm.item]?.refusal == "intel 1.0 has no wheel for arm64, only for x86_64")

                // A refusal is remembered like a lock.
                try await index.set(LoopbackIndex.Settings())
                #expect(await shop.resolver(configuration).resolve(requests + [both, arm]) == outcomes)
                // Where a page is missing, the index itself may be asked for.
                let asked = try await index.log().filter { ![304, 404].contains($0.status) && $0.path != "/simple/" }
                #expect(asked.isEmpty, "\(asked)")
            }
        }
    }

    @Test("takes a release whose Requires-Python has an upper bound, as uv does, and says so")
    func upperBound() async throws {
        try await LoopbackIndex.run(["alpha": [.init(version: "1.0", python: ">=3.8,<3.12")]]) { index in
            try await BuildService.run { shop in
                let outcome = try await shop.resolve("alpha", from: .init(defaultIndex: index.simple))
                #expect(outcome.resolved?.remarks == ["alpha 1.0 was picked although it requires Python >=3.8,<3.12"])
            }
        }
    }

    @Test("fails an item, and does not refuse it, when the index is broken")
    func broken() async throws {
        let faults = ["/simple/alpha/": Array(repeating: 503, count: 50)]
        try await LoopbackIndex.run(Self.alphaAndBeta, .init(status: faults)) { index in
            try await BuildService.run { shop in
                let configuration = shop.configuration(.init(defaultIndex: index.simple))
                let requests = [try request("a", "python3.12", "alpha"), try request("b", "python3.12", "beta")]
                let outcomes = await shop.resolver(configuration, ["UV_HTTP_RETRIES": "0"]).resolve(requests)
                #expect(outcomes[requests[0].item]?.failure != nil, "\(outcomes)")
                #expect(outcomes[requests[1].item]?.pins == ["beta==1.5"], "\(outcomes)")
            }
        }
    }

    @Test("tries an index again that failed for a moment")
    func passing() async throws {
        try await LoopbackIndex.run(Self.alphaAndBeta, .init(status: ["/simple/alpha/": [503, 502]])) { index in
            try await BuildService.run { shop in
                let outcome = try await shop.resolve("alpha", from: .init(defaultIndex: index.simple))
                #expect(outcome.pins == ["alpha==2.0", "beta==1.5"], "\(outcome)")
            }
        }
    }

    @Test("reads an index that speaks HTML only")
    func html() async throws {
        try await LoopbackIndex.run(Self.alphaAndBeta, .init(validators: false, format: "html")) { index in
            try await BuildService.run { shop in
                let settings = IndexSettings(defaultIndex: index.simple)
                let outcome = try await shop.resolve("alpha", from: settings)
                #expect(outcome.pins == ["alpha==2.0", "beta==1.5"], "\(outcome)")
                try await index.set(LoopbackIndex.Settings(validators: false, format: "html"))
                #expect(try await shop.resolve("alpha", from: settings) == outcome)
                #expect(try await index.log().count == 2)
            }
        }
    }

    @Test("uses an index's credentials, and puts them nowhere")
    func credentials() async throws {
        try await LoopbackIndex.run(Self.alphaAndBeta, .init(user: "joe:pass%word")) { index in
            try await BuildService.run { shop in
                let good = "http://joe:pass%25word@127.0.0.1:\(index.port)/simple/"
                let outcome = try await shop.resolve("alpha", from: .init(defaultIndex: good))
                #expect(outcome.pins == ["alpha==2.0", "beta==1.5"], "\(outcome)")
                #expect(outcome.resolved?.lock.wheels.contains { $0.url.contains("joe") } == false)
                #expect(try shop.files(containing: "pass%25word", except: "/uv/").isEmpty)

                let bad = "http://joe:wrong@127.0.0.1:\(index.port)/simple/"
                let refused = try await shop.resolve("beta", from: .init(defaultIndex: bad))
                let failure = try #require(refused.failure, "\(refused)")
                #expect(!failure.contains("wrong"))
            }
        }
    }

    @Test("takes a package from the first index that has it, and notices when an earlier one begins to")
    func firstIndex() async throws {
        try await LoopbackIndex.run(["beta": [.init(version: "0.1")]]) { private_ in
            try await LoopbackIndex.run(Self.alphaAndBeta) { index in
                try await BuildService.run { shop in
                    let settings = IndexSettings(defaultIndex: index.simple, extra: [private_.simple])
                    let first = try await shop.resolve("alpha<2", from: settings)
                    #expect(first.pins == ["alpha==1.0"], "\(first)")
                    #expect(try await shop.resolve("beta", from: settings).pins == ["beta==0.1"])
                    try await private_.set(["alpha": [.init(version: "1.9")]])
                    #expect(try await shop.resolve("alpha<2", from: settings).pins == ["alpha==1.9"])
                }
            }
        }
    }

    @Test("resolves from a flat folder of wheels, and notices a new one")
    func findLinks() async throws {
        let release = LoopbackIndex.Release(version: "2.0", requires: ["beta>=1"])
        try await LoopbackIndex.run(["alpha": [release], "beta": [.init(version: "1.5"), .init(version: "1.6")]]) {
            index in
            try await BuildService.run { shop in
                let folder = "\(shop.folder)/flat wheels"
                try await shop.download("alpha-2.0-py3-none-any.whl", of: index, to: folder)
                try await shop.download("beta-1.5-py3-none-any.whl", of: index, to: folder)
                let settings = IndexSettings(findLinks: [folder], noIndex: true)
                let first = try await shop.resolve("alpha", from: settings)
                #expect(first.pins == ["alpha==2.0", "beta==1.5"], "\(first)")
                #expect(first.resolved?.lock.wheels[0].url.hasPrefix("file:///") == true)
                try await shop.download("beta-1.6-py3-none-any.whl", of: index, to: folder)
                let second = try await shop.resolve("alpha", from: settings)
                #expect(second.pins == ["alpha==2.0", "beta==1.6"], "\(second)")
            }
        }
    }

    @Test("says how to install uv when there is none, and refuses what is not uv")
    func noUv() async throws {
        try await BuildService.run { shop in
            var configuration = shop.configuration(.init())
            configuration.uv = nil
            let request = try request("a", "python3.12", "alpha")
            let missing = await Resolver(configuration, client: shop.client, environment: ["PATH": shop.folder])
                .resolve([request])
            #expect(missing[request.item]?.failure?.contains("install it with 'pip install uv'") == true)
            configuration.uv = "/bin/echo"
            let other = await shop.resolver(configuration).resolve([request])
            #expect(other[request.item]?.failure?.contains("is not uv") == true)
        }
    }
}
