import Consuming
import FoundationEssentials
import Model
import Testing

@Suite struct FindTests {
    private func registry() throws -> SampleRegistry {
        var registry = try SampleRegistry.requests()
        try registry.add(
            "requests", [.init(buildNumber: 1, version: "2.32.3", status: .latest, numbers: [2, nil])],
            target: "python3.13-arm64")
        try registry.add(
            "psycopg_binary_pool", [.init(buildNumber: 1, version: "3", status: .latest, numbers: [1, 1])])
        return registry
    }

    @Test("finds the newest release for each target, with its regions", arguments: [false, true])
    func find(onSite: Bool) async throws {
        let finder = LayerFinder(try registry().catalog(ofSite: onSite))
        let found = try await finder.find("Requests")
        #expect(found.map(\.item.target.description) == ["python3.12", "python3.13-arm64"])
        #expect(found.map(\.version) == ["2.32.3", "2.32.3"])
        #expect(
            found[0].arns.map(\.description) == [
                "arn:aws:lambda:eu-west-1:111122223333:layer:acme-p312-requests:5",
                "arn:aws:lambda:us-east-1:111122223333:layer:acme-p312-requests:5",
            ])
        #expect(found[1].arns.map(\.region.code) == ["eu-west-1"])
        let urllib3 = try #require(PackageName("urllib3"))
        #expect(found[0].contents?.packages[urllib3] == "2.2.2")
    }

    @Test("finds and bumps on a branch whose folders are sharded as on one whose are not")
    func sharded() async throws {
        var registry = try registry()
        let flat = try registry.catalog()
        registry.folders = .sharded
        let files = try registry.files()
        #expect(files["layers/ec/requests/releases.json"] != nil && files["layers/requests/releases.json"] == nil)
        let sharded = try registry.catalog()
        #expect(try await LayerFinder(sharded).find("requests") == LayerFinder(flat).find("requests"))
        let item = Item(try #require(LayerName("requests")), try #require(Target("python3.12")))
        #expect(try await sharded.build(3, of: item) == flat.build(3, of: item))
        #expect(try await sharded.build(3, of: item) != nil)
        #expect(try await sharded.file(ofBuild: 3, of: item)?.path == "layers/ec/requests/python3.12/3.json")
        let text = "arn:aws:lambda:us-east-1:111122223333:layer:acme-p312-requests:3"
        let rules = BumpRules(now: SampleRegistry.start)
        let bumped = try await Bump(sharded, rules).examine(Array(text.utf8), file: "x")
        #expect(bumped.isChanged)
        #expect(bumped.rewritten == (try await Bump(flat, rules).examine(Array(text.utf8), file: "x")).rewritten)
    }

    @Test("does not guess at folders that are laid out in a way that it does not know")
    func unknownFolders() async throws {
        let file = #"{"format":1,"targets":[],"regions":[],"folders":"by-moon"}"#
        let source = RegistrySource(name: "sample") { $0 == "registry.json" ? Array(file.utf8) : nil }
        let error = await #expect(throws: StrataError.self) {
            try await LayerFinder(RegistryCatalog(source)).find("requests")
        }
        #expect(error?.code == .inconsistent && error?.place.file == "registry.json")
    }

    @Test("finds a layer with more extras than were asked for, and says of others what was asked for")
    func extras() async throws {
        let finder = LayerFinder(try registry().catalog())
        for words in ["psycopg[binary]", "psycopg[pool]>=2"] {
            #expect(try await finder.find(words).map(\.item.layer.text) == ["psycopg_binary_pool"])
        }
        let error = await #expect(throws: StrataError.self) { try await finder.find("psycopg[binary,c]") }
        #expect(error?.message.contains("'psycopg[binary,c]'") == true)
        #expect(error?.hint?.contains("'psycopg_binary_pool'") == true)
        await #expect(throws: StrataError.self) { try await finder.find("requests[socks]") }
    }

    @Test("tells of an ARN of the account that was left what replaces it where layers are published now")
    func formerAccount() async throws {
        var registry = SampleRegistry()
        try registry.add(
            "requests",
            [
                .init(buildNumber: 1, version: "2.31.0", numbers: [3, 3], account: "444455556666"),
                .init(buildNumber: 2, version: "2.32.3", status: .latest, numbers: [1, 1]),
            ])
        let arn = try #require(LayerARN("arn:aws:lambda:eu-west-1:444455556666:layer:acme-p312-requests:3"))
        let told = try await ARNExplainer(try registry.catalog(), now: SampleRegistry.start).explain(arn)
        #expect(told.status == .deprecated && told.version == "2.31.0")
        #expect(told.replacedBy == "arn:aws:lambda:eu-west-1:111122223333:layer:acme-p312-requests:1")
        #expect(told.replacingVersion == "2.32.3")
    }

    @Test("finds what is in a region and for a target, and nothing else")
    func narrowed() async throws {
        let finder = LayerFinder(try registry().catalog())
        #expect(try await finder.find("requests", target: Target("python3.12")).count == 1)
        #expect(try await finder.find("requests", region: Region("us-east-1")).map(\.arns.count) == [1])
        #expect(
            try await finder.find("requests", target: Target("python3.13-arm64"), region: Region("us-east-1")).isEmpty)
    }

    @Test(
        "finds a layer by the requirement that made it",
        arguments: ["psycopg[pool,binary]", "Psycopg [Binary, pool] >=3"])
    func requirement(words: String) async throws {
        #expect(
            try await LayerFinder(registry().catalog()).find(words).map(\.item.layer.text) == ["psycopg_binary_pool"])
    }

    @Test("names the nearest layers when there is none", arguments: [false, true])
    func missing(onSite: Bool) async throws {
        let finder = LayerFinder(try registry().catalog(ofSite: onSite))
        func said(_ words: String) async -> String {
            do {
                return "\(try await finder.find(words))"
            } catch {
                return "\(error)"
            }
        }
        #expect(await said("psycopg") == "the registry has no layer 'psycopg'; it has 'psycopg_binary_pool'")
        #expect(await said("requests-oauthlib") == "the registry has no layer 'requests-oauthlib'; it has 'requests'")
        #expect(await said("../../etc/passwd") == "the registry has no layer '../../etc/passwd'")
        #expect(await said("numpy\u{1b}[2J") == "the registry has no layer 'numpy [2J'")
    }

    @Test("says that a folder is no registry")
    func noRegistry() async throws {
        let finder = LayerFinder(RegistryCatalog(RegistrySource(name: "here") { _ in nil }))
        await #expect(throws: StrataError.self) { try await finder.find("requests") }
    }

    @Test("refuses files that are not the registry's", arguments: ["", "{}", "[]", "null", "{\"format\":1}", "\u{0}"])
    func damaged(file: String) async throws {
        let catalog = RegistryCatalog(RegistrySource(name: "here") { _ in Array(file.utf8) })
        await #expect(throws: StrataError.self) { try await LayerFinder(catalog).find("requests") }
    }

    @Test("passes over targets, regions and statuses that it does not know yet")
    func newer() async throws {
        let history = """
            {"format":2,"layer":"x","more":1,"targets":{
            "python3.12":{"builds":1,"releases":[
            {"build":1,"name":"n","account":"111122223333","status":"latest","published":"2026-01-01T00:00:00Z","regions":{"eu-west-1":1,"moon":2}},
            {"build":1,"name":"n","account":"111122223333","status":"sparkling","published":"2026-01-01T00:00:00Z","regions":{"eu-west-1":3}}]},
            "ruby3":{"builds":0,"releases":[]}}}
            """
        let catalog = RegistryCatalog(
            RegistrySource(name: "here") { path in
                switch path {
                case "registry.json": Array("{\"format\":9,\"targets\":[],\"regions\":[]}".utf8)
                case "layers/x/releases.json": Array(history.utf8)
                default: nil
                }
            })
        let found = try await LayerFinder(catalog).find("x")
        #expect(found.map { $0.arns.map(\.description) } == [["arn:aws:lambda:eu-west-1:111122223333:layer:n:1"]])
        #expect(found[0].version == nil)
    }

    private static let day = 86_400

    /// Four versions, of which the newest is the latest, one was yanked, and one has ended.
    private func pandas() throws -> RegistryCatalog {
        var registry = SampleRegistry()
        func end(_ days: Int) -> Timestamp { SampleRegistry.start + .seconds(days * Self.day) }
        try registry.add(
            "pandas",
            [
                .init(buildNumber: 1, version: "1.5.3", numbers: [1, 1], expires: end(10)),
                .init(buildNumber: 2, version: "2.2.0", numbers: [2, 2], expires: end(400)),
                .init(buildNumber: 3, version: "2.2.3", status: .yanked, numbers: [3, 3]),
                .init(buildNumber: 4, version: "2.2.1", numbers: [4, 4], expires: end(500)),
                .init(buildNumber: 5, version: "3.0.0", status: .latest, numbers: [5, 5]),
            ])
        return try registry.catalog()
    }

    @Test(
        "honours version specifiers over all releases that can be used, deprecated ones included",
        arguments: [
            ("pandas", "3.0.0"), ("pandas<3", "2.2.1"), ("pandas == 2.2.0", "2.2.0"), ("pandas!=3.0.0", "2.2.1"),
            ("pandas~=2.2.0", "2.2.1"), ("pandas>=2,<2.2.1", "2.2.0"), ("pandas==2.2.3", nil), ("pandas<2", nil),
            ("pandas>3", nil), ("Pandas>=3", "3.0.0"),
        ] as [(String, String?)])
    func specifiers(words: String, version: String?) async throws {
        let finder = LayerFinder(try pandas(), now: SampleRegistry.start + .seconds(30 * Self.day))
        let found = try await finder.find(words)
        #expect(found.map(\.version) == [version].compactMap(\.self))
        #expect(found.allSatisfy { ($0.status == .latest) == ($0.fate == nil) })
    }

    @Test("says until when a deprecated release is kept, also where nothing is the latest any more")
    func ends() async throws {
        let finder = LayerFinder(try pandas(), now: SampleRegistry.start)
        #expect(
            try await finder.find("pandas<3").map(\.fate) == ["is deprecated and may be deleted from 2025-03-28 on"])
        var retired = SampleRegistry()
        try retired.add(
            "x",
            [
                .init(
                    buildNumber: 1, version: "1", numbers: [1, 1], expires: SampleRegistry.start + .seconds(Self.day)),
                .init(
                    buildNumber: 2, version: "2", numbers: [2, 2], expires: SampleRegistry.start + .seconds(Self.day)),
            ])
        let found = try await LayerFinder(retired.catalog(), now: SampleRegistry.start).find("x")
        #expect(found.map(\.build) == [2])
        #expect(found.map(\.fate) == ["is deprecated and may be deleted from 2023-11-15 on"])
    }

    @Test(
        "refuses what it does not look at, instead of passing it over",
        arguments: ["pandas<<3", "pandas<3;python_version<'3'", "pandas 3", "pandas[", "pandas<3 and more"])
    func refused(words: String) async throws {
        let finder = LayerFinder(try pandas())
        await #expect(throws: StrataError.self) { try await finder.find(words) }
    }

    @Test("names the nearest layer, target and region for one that is misspelt")
    func misspelt() async throws {
        let finder = LayerFinder(try registry().catalog())
        func hint(_ words: String, _ target: String? = nil, _ region: String? = nil) async -> String? {
            do {
                _ = try await finder.find(
                    words, target: target.flatMap(Target.init), region: region.flatMap { Region($0) })
                return nil
            } catch {
                return (error as? StrataError)?.hint
            }
        }
        #expect(await hint("reqeusts") == "it has 'requests'")
        #expect(await hint("requests", "python3.13-arm46") == nil)
        #expect(await hint("requests", "python3.11") == "did you mean 'python3.12'?")
        #expect(await hint("requests", nil, "eu-wset-1") == "did you mean 'eu-west-1'?")
        #expect(await hint("requests", nil, "sa-east-1") == "did you mean 'us-east-1'?")
    }

    @Test("tells what an ARN is, what it holds and what replaces it")
    func explained() async throws {
        let catalog = try registry().catalog()
        let explainer = ARNExplainer(catalog, now: SampleRegistry.start)
        func explain(_ arn: String) async throws -> ExplainedARN {
            try await explainer.explain(try #require(LayerARN(arn)))
        }
        let old = try await explain("\(BumpTests.arn):3")
        #expect(old.item.description == "requests python3.12")
        #expect(old.version == "2.31.0" && old.status == .deprecated && old.replacedBy == "\(BumpTests.arn):5")
        #expect(old.text.contains("replaced by \(BumpTests.arn):5 (2.32.3)"))
        #expect(old.text.contains("it is deprecated and may be deleted from 2024-12-18 on"))
        #expect(old.text.contains("holds idna 3.6, requests 2.31.0, urllib3 2.2.1"))
        let newest = try await explain("\(BumpTests.arn):5")
        #expect(newest.status == .latest && newest.replacedBy == nil && newest.note == nil)
        let unlisted = try await explain("\(BumpTests.arn):1")
        #expect(unlisted.build == nil && unlisted.note == "the registry does not list number 1 any more")
        #expect(unlisted.replacedBy == "\(BumpTests.arn):5")
        #expect(try await explain("\(BumpTests.arn):9").note?.contains("no number above 5") == true)
        await #expect(throws: StrataError.self) {
            try await explain("arn:aws:lambda:eu-west-1:999999999999:layer:acme-p312-requests:3")
        }
    }

    @Test("nothing that a registry says reaches a line as it is")
    func hostile() async throws {
        let evil = "2.3\u{1b}]0;x\u{7}\n  arn:aws:lambda:eu-west-1:666666666666:layer:evil:1"
        var files = try SampleRegistry.requests().files()
        let path = "layers/requests/python3.12/3.json"
        let build = String(decoding: try #require(files[path]), as: UTF8.self)
        let escaped = try #require(String(data: JSONEncoder().encode(evil), encoding: .utf8))
        files[path] = Array(build.replacing("\"2.32.3\"", with: escaped).utf8)
        let known = files
        let catalog = RegistryCatalog(RegistrySource(name: "evil") { known[$0] })
        let found = try await LayerFinder(catalog).find("requests")
        let shown = found.compactMap(\.version).joined()
        #expect(shown.hasPrefix("2.3??0?x") && shown.contains("arn?aws?lambda") && shown.utf8.count <= 64)
        let text = try await ARNExplainer(catalog, now: SampleRegistry.start)
            .explain(try #require(LayerARN("\(BumpTests.arn):5"))).text
        #expect(!text.contains("666666666666:") && !text.contains("\u{1b}"))
    }

    @Test(
        "refuses numbers that cannot be, with the layer's name",
        arguments: [#""build":9000000000000000000"#, #""build":0"#, #""account":"1""#, #""name":"a:b""#])
    func absurd(member: String) async throws {
        let usual = [
            #""build":1"#, #""name":"n""#, #""account":"111122223333""#,
        ].map { $0.split(separator: ":")[0] == member.split(separator: ":")[0] ? member : $0 }
        let history = """
            {"format":1,"layer":"x","targets":{"python3.12":{"builds":1,"releases":[{\(usual.joined(separator: ",")),\
            "status":"latest","published":"2026-01-01T00:00:00Z","regions":{"eu-west-1":1}}]}}}
            """
        let catalog = RegistryCatalog(
            RegistrySource(name: "here") { path in
                path == "registry.json"
                    ? Array(#"{"format":1,"targets":[],"regions":[]}"#.utf8)
                    : path == "layers/x/releases.json" ? Array(history.utf8) : nil
            })
        let error = await #expect(throws: StrataError.self) { try await LayerFinder(catalog).find("x") }
        #expect(error?.place.layer == "x")
    }
}
